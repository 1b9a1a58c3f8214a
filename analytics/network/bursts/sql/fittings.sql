-- Hydrants, drain valves and air valves on nodes or segments.
SELECT d.feature_id, f.source_key AS key, d.kind, d.number,
       -- One that names a node stands there; its segment counts where that tells nothing.
       CASE WHEN d.node_id = ANY(%(nodes)s) THEN d.node_id = ANY(%(beyond_nodes)s)
            ELSE d.segment_id = ANY(%(beyond_segments)s) END AS beyond,
       ST_X(p.place) AS longitude, ST_Y(p.place) AS latitude
FROM (SELECT * FROM city.pipe_device_current WHERE classification <= run.clearance()) d
JOIN city.feature f USING (feature_id)
LEFT JOIN city.pipe_node_current n ON n.feature_id = d.node_id AND n.classification <= run.clearance(),
     LATERAL (SELECT ST_Transform(ST_Force2D(coalesce(d.geom, n.geom)), 4326) AS place) p
WHERE d.network = %(network)s AND d.kind IN ('hydrant', 'drain_valve', 'air_valve')
  AND (d.node_id = ANY(%(nodes)s) OR d.segment_id = ANY(%(segments)s))
ORDER BY d.kind, f.source_key
