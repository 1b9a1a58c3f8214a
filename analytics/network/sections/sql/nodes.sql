-- The nodes of a path.
SELECT n.feature_id AS node_id, f.source_key AS key, n.kind, n.ground_level_m, n.well_depth_m,
       ST_X(n.geom) AS x, ST_Y(n.geom) AS y
FROM (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) n
JOIN city.feature f USING (feature_id)
WHERE n.feature_id = ANY(%(nodes)s)
