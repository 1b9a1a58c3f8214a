-- Theme and source of a feature.
SELECT f.theme, f.source_id, f.source_key, s.name, s.kind
FROM city.feature f
JOIN run.source s USING (source_id)
WHERE f.feature_id = %(feature_id)s
