-- Buildings and streets by which a map of a unit is read.
SELECT 'building' AS kind, usage AS sort, ST_AsBinary(geom) AS geom
FROM city.building_current
WHERE classification <= run.clearance() AND parent_id IS NULL AND geom && ST_SetSRID(%(box)s::geometry, %(srid)s)
UNION ALL
SELECT 'road', road_class, ST_AsBinary(ST_Force2D(geom))
FROM city.road_edge_current
WHERE classification <= run.clearance() AND geom && ST_SetSRID(%(box)s::geometry, %(srid)s)
