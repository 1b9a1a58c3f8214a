SELECT u.feature_id AS unit_id, f.source_key AS key, u.level, u.name, u.name_en, ST_AsBinary(u.geom) AS geom
FROM city.admin_unit_current u
JOIN city.feature f USING (feature_id)
WHERE u.classification <= run.clearance()
ORDER BY u.feature_id
