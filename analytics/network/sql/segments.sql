-- Segments of a network. Flow: as recorded, else from the higher end to the lower one.
SELECT s.feature_id,
       coalesce(s.start_node_id, 0),
       coalesce(s.end_node_id, 0),
       coalesce(s.length_m, ST_3DLength(s.geom), 'NaN')::float8,
       CASE WHEN s.flow_direction IN (0, 1, 2) THEN s.flow_direction
            WHEN e.start_m > e.end_m THEN 0
            WHEN e.start_m < e.end_m THEN 1
            ELSE 2 END::int4,
       s.flow_direction IS NULL OR s.flow_direction NOT IN (0, 1, 2),
       s.state IN ('in_use', 'closed'),
       s.state = 'closed'
FROM city.pipe_segment_current s,
     LATERAL (SELECT coalesce(s.start_level_m, ST_Z(ST_StartPoint(s.geom))) AS start_m,
                     coalesce(s.end_level_m, ST_Z(ST_EndPoint(s.geom))) AS end_m) e
WHERE s.network = %(network)s
