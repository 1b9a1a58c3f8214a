-- Flow of a network's segments by level alone, whatever is recorded.
SELECT s.feature_id AS segment_id,
       CASE WHEN e.start_m > e.end_m THEN 0 WHEN e.start_m < e.end_m THEN 1 ELSE 2 END AS direction,
       s.flow_direction IN (0, 1) AND e.start_m <> e.end_m
         AND s.flow_direction <> CASE WHEN e.start_m > e.end_m THEN 0 ELSE 1 END AS against
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s,
     LATERAL (SELECT s.start_level_m IS NOT NULL AND s.end_level_m IS NOT NULL AS surveyed) l,
     LATERAL (SELECT CASE WHEN l.surveyed THEN s.start_level_m ELSE ST_Z(ST_StartPoint(s.geom)) END AS start_m,
                     CASE WHEN l.surveyed THEN s.end_level_m ELSE ST_Z(ST_EndPoint(s.geom)) END AS end_m) e
WHERE s.network = %(network)s
