-- What a person needs to know of nodes.
SELECT n.feature_id AS node_id, f.source_key AS key, n.kind, n.ground_level_m, n.is_source AS source, n.is_sink AS sink,
       ST_X(p.place) AS longitude, ST_Y(p.place) AS latitude
FROM (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) n
JOIN city.feature f USING (feature_id),
     LATERAL (SELECT ST_Transform(ST_Force2D(n.geom), 4326) AS place) p
WHERE n.feature_id = ANY(%(nodes)s)
