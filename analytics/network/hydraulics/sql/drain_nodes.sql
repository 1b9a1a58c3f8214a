-- Manholes, gullies and outfalls of a drainage network.
SELECT n.feature_id AS node_id, n.kind, n.ground_level_m, ST_X(n.geom) AS x, ST_Y(n.geom) AS y,
       (n.attributes ->> 'invert_level_m')::float8 AS invert_m
FROM (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) n
WHERE n.feature_id = ANY(%(nodes)s)
ORDER BY n.feature_id
