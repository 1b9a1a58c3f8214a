-- What the velocity in segments depends on: inner size, material, fall.
SELECT s.feature_id AS segment_id, s.material, s.shape,
       CASE WHEN s.diameter_basis = 'outer' THEN s.diameter_mm - 2 * coalesce(s.wall_mm, 0)
            ELSE s.diameter_mm END AS diameter_mm,
       s.width_mm, s.height_mm,
       CASE WHEN s.start_level_m IS NOT NULL AND s.end_level_m IS NOT NULL THEN s.start_level_m - s.end_level_m
            ELSE ST_Z(ST_StartPoint(s.geom)) - ST_Z(ST_EndPoint(s.geom)) END::float8 AS fall_m
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s
WHERE s.feature_id = ANY(%(segments)s)
