-- Water that a part holds, cubic metres, and how many of its segments have no known size.
SELECT coalesce(sum(pi() / 4 * (inner_mm / 1000) ^ 2 * coalesce(s.length_m, ST_3DLength(s.geom))), 0)::float8 AS volume_m3,
       count(*) FILTER (WHERE inner_mm IS NULL) AS without_size
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s,
     -- A nominal size is near the inner one; an outer one less twice the wall is it.
     LATERAL (SELECT CASE WHEN s.diameter_basis = 'outer' THEN s.diameter_mm - 2 * coalesce(s.wall_mm, 0)
                          ELSE s.diameter_mm END AS inner_mm) d
WHERE s.feature_id = ANY(%(segments)s)
