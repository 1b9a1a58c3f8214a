-- Every station and line of railways of a city, as far as who asks may see them.
SELECT 'facility' AS theme, c.feature_id, c.kind, c.name, ST_AsBinary(ST_Force2D(c.geom)) AS geom
FROM city.facility_current c
WHERE c.kind = ANY(%(kinds)s) AND c.geom IS NOT NULL AND c.classification <= run.clearance()
UNION ALL
SELECT 'city_object', t.feature_id, t.object_type, t.name, ST_AsBinary(ST_Force2D(t.geom))
FROM city.city_object_current t
WHERE t.object_type = ANY(%(kinds)s) AND t.geom IS NOT NULL AND t.classification <= run.clearance()
ORDER BY 2
