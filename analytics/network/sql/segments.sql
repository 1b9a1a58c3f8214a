-- Segments of a network. Flow: as recorded, else from the higher end to the lower one.
SELECT s.feature_id AS segment_id,
       coalesce(s.start_node_id, 0) AS start_id,
       coalesce(s.end_node_id, 0) AS end_id,
       coalesce(s.length_m, ST_3DLength(s.geom), 'NaN')::float8 AS length_m,
       CASE WHEN s.flow_direction IN (0, 1, 2) THEN s.flow_direction
            WHEN e.start_m > e.end_m THEN 0
            WHEN e.start_m < e.end_m THEN 1
            ELSE 2 END::int4 AS direction,
       s.flow_direction IS NULL OR s.flow_direction NOT IN (0, 1, 2) AS by_level,
       s.state IN ('in_use', 'closed') AS in_use,
       s.state = 'closed' AS closed
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s,
     -- Surveyed levels only against each other: an invert compared with an axis would turn a flat sewer round.
     LATERAL (SELECT s.start_level_m IS NOT NULL AND s.end_level_m IS NOT NULL AS surveyed) l,
     LATERAL (SELECT CASE WHEN l.surveyed THEN s.start_level_m ELSE ST_Z(ST_StartPoint(s.geom)) END AS start_m,
                     CASE WHEN l.surveyed THEN s.end_level_m ELSE ST_Z(ST_EndPoint(s.geom)) END AS end_m) e
WHERE s.network = %(network)s
