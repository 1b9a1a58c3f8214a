-- Nodes, then devices, each in the order asked for.
SELECT 1 AS part, wanted.place, n.feature_id, n.feature_id AS node_id, n.kind, f.source_key AS name,
       n.ground_level_m, n.ground_level_m - n.well_depth_m AS bottom_m, NULL::float8 AS diameter_mm, n.geom
FROM unnest(%(nodes)s::bigint[]) WITH ORDINALITY AS wanted (version_id, place)
JOIN city.pipe_node n USING (version_id)
JOIN city.feature f USING (feature_id)
UNION ALL
SELECT 2, wanted.place, d.feature_id, coalesce(d.node_id, 0), d.kind, coalesce(d.number, f.source_key),
       n.ground_level_m, NULL, d.diameter_mm, coalesce(d.geom, n.geom, ST_LineInterpolatePoint(s.geom, 0.5))
FROM unnest(%(devices)s::bigint[]) WITH ORDINALITY AS wanted (version_id, place)
JOIN city.pipe_device d USING (version_id)
JOIN city.feature f USING (feature_id)
LEFT JOIN city.pipe_node_current n ON n.feature_id = d.node_id AND n.classification <= run.clearance()
LEFT JOIN city.pipe_segment_current s ON s.feature_id = d.segment_id AND s.classification <= run.clearance()
ORDER BY part, place
