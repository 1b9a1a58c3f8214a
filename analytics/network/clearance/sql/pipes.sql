-- Pipes in use with what their class, size, depth and survey depend on; one row a segment.
SELECT s.feature_id, s.network, upper(s.class_code) AS class_code, s.kind, s.burial,
       coalesce(s.outer_width_mm, s.diameter_mm, s.width_mm)::float8 AS outer_width_mm,
       coalesce(s.outer_height_mm, s.outer_width_mm, s.diameter_mm, s.height_mm)::float8 AS outer_height_mm,
       s.diameter_mm::float8 AS diameter_mm, s.wall_mm::float8 AS wall_mm, s.height_mm::float8 AS height_mm,
       s.material, s.pressure_mpa::float8 AS pressure_mpa, s.pressure_raw, s.voltage_kv::float8 AS voltage_kv,
       s.survey_method, s.depth_reference, s.start_depth_m::float8 AS start_depth_m,
       s.end_depth_m::float8 AS end_depth_m, s.start_level_m::float8 AS start_level_m,
       s.end_level_m::float8 AS end_level_m,
       a.ground_level_m::float8 AS start_ground_m, b.ground_level_m::float8 AS end_ground_m,
       ST_AsBinary(s.geom) AS geom
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s
LEFT JOIN (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) a
       ON a.feature_id = s.start_node_id
LEFT JOIN (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) b
       ON b.feature_id = s.end_node_id
WHERE s.state IN ('in_use', 'closed')
ORDER BY s.feature_id
