-- Streets at ground level.
SELECT r.road_class, r.width_m::float8 AS width_m, ST_AsBinary(ST_Force2D(r.geom)) AS geom
FROM city.road_edge_current r
WHERE r.classification <= run.clearance() AND r.level = 0 AND NOT r.bridge AND NOT r.tunnel
ORDER BY r.feature_id
