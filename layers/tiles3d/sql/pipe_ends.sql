-- All segments of a network that touch some nodes: where each begins and ends and in what direction it leaves.
SELECT s.start_node_id, s.end_node_id,
       coalesce(s.outer_width_mm, s.diameter_mm, s.width_mm),
       coalesce(s.outer_height_mm, s.outer_width_mm, s.diameter_mm, s.height_mm),
       s.feature_id, s.geom
FROM city.pipe_segment_current s
WHERE s.network = %(network)s AND s.classification <= run.clearance()
  AND (s.start_node_id = ANY(%(nodes)s::bigint[]) OR s.end_node_id = ANY(%(nodes)s::bigint[]))
