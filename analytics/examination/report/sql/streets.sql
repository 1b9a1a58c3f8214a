-- The streets by which a map is read.
SELECT ST_AsBinary(ST_Force2D(geom)) AS geom
FROM city.road_edge_current
WHERE classification <= run.clearance() AND road_class IN ('expressway', 'arterial', 'collector')
ORDER BY feature_id
