-- What a map shows around pipes: buildings and roads in a box.
SELECT 'building' AS kind, b.feature_id, b.name, NULL::float8 AS width_m, ST_AsBinary(b.geom) AS geom
FROM (SELECT * FROM city.building_current WHERE classification <= run.clearance()) b
WHERE b.geom && ST_GeomFromWKB(%(box)s, %(srid)s)
UNION ALL
SELECT 'road', r.feature_id, r.name, r.width_m, ST_AsBinary(ST_Force2D(r.geom))
FROM (SELECT * FROM city.road_edge_current WHERE classification <= run.clearance()) r
WHERE r.geom && ST_GeomFromWKB(%(box)s, %(srid)s)
