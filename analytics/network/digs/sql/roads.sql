-- Streets at ground level that a place may lie on.
SELECT r.feature_id, f.source_key AS key, r.name, r.road_class, r.width_m::float8 AS width_m, r.built_year,
       r.overhauled_year, r.surface, ST_AsBinary(ST_Force2D(r.geom)) AS geom
FROM (SELECT * FROM city.road_edge_current WHERE classification <= run.clearance()) r
JOIN city.feature f USING (feature_id)
-- The box first: under row policies a distance alone uses no index.
WHERE r.geom && ST_Expand(ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), 60)
  AND ST_DWithin(r.geom, ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), 60) AND r.level = 0 AND NOT r.tunnel
ORDER BY r.feature_id
LIMIT 2000
