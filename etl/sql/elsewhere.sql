-- Of each key the current feature of the other source that comes first by precedence, and how those sources are named;
-- 0 where several of equal precedence have the key.
SELECT source_key, CASE count(*) WHEN 1 THEN min(feature_id) ELSE 0 END AS feature_id, array_agg(name ORDER BY name)
FROM (
    SELECT f.source_key, f.feature_id, s.name, rank() OVER (PARTITION BY f.source_key ORDER BY s.precedence) AS place
    FROM city.feature f
    JOIN run.source s USING (source_id)
    JOIN {current} v USING (feature_id)
    WHERE f.theme = %(theme)s AND f.source_key = ANY(%(keys)s) AND f.source_id <> %(source)s
) found
WHERE place = 1
GROUP BY source_key
