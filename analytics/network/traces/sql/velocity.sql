-- What the velocity in segments depends on: inner size, material, fall; of a network under pressure, what the newest
-- run of hydraulics that the viewer may see has solved.
SELECT s.feature_id AS segment_id, s.material, s.shape,
       CASE WHEN s.diameter_basis = 'outer' THEN s.diameter_mm - 2 * coalesce(s.wall_mm, 0)
            ELSE s.diameter_mm END AS diameter_mm,
       s.width_mm, s.height_mm,
       CASE WHEN s.start_level_m IS NOT NULL AND s.end_level_m IS NOT NULL THEN s.start_level_m - s.end_level_m
            ELSE ST_Z(ST_StartPoint(s.geom)) - ST_Z(ST_EndPoint(s.geom)) END::float8 AS fall_m,
       w.velocity_m_s AS solved_m_s
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s
LEFT JOIN result.segment_flow w
  ON w.segment_id = s.feature_id
  AND w.run_id = (SELECT r.run_id FROM run.analysis r
                  WHERE r.kind = 'network.pressure' AND r.subject = %(network)s AND r.status = 'done'
                    AND r.classification <= run.clearance()
                  ORDER BY r.run_id DESC LIMIT 1)
WHERE s.feature_id = ANY(%(segments)s)
