-- Pipes of any state near a place, with all that a digger asks of them.
SELECT s.feature_id, f.source_key AS key, s.network, s.class_code, s.kind, s.state, s.burial, s.material, s.material_raw,
       s.diameter_mm::float8 AS diameter_mm, s.shape, s.width_mm::float8 AS width_mm, s.height_mm::float8 AS height_mm,
       coalesce(s.outer_width_mm, s.diameter_mm, s.width_mm)::float8 AS outer_width_mm,
       coalesce(s.outer_height_mm, s.outer_width_mm, s.diameter_mm, s.height_mm)::float8 AS outer_height_mm,
       s.wall_mm::float8 AS wall_mm, s.pressure_mpa::float8 AS pressure_mpa, s.pressure_raw,
       s.voltage_kv::float8 AS voltage_kv, s.cables, s.owner, s.road_name, s.installed_year, s.survey_method,
       s.surveyed_by, s.surveyed_on, s.depth_reference,
       s.start_depth_m::float8 AS start_depth_m, s.end_depth_m::float8 AS end_depth_m,
       s.start_level_m::float8 AS start_level_m, s.end_level_m::float8 AS end_level_m,
       a.ground_level_m::float8 AS start_ground_m, b.ground_level_m::float8 AS end_ground_m,
       s.attributes, ST_AsBinary(s.geom) AS geom
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s
JOIN city.feature f USING (feature_id)
LEFT JOIN (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) a
       ON a.feature_id = s.start_node_id
LEFT JOIN (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) b
       ON b.feature_id = s.end_node_id
-- The box first: under row policies a distance alone uses no index.
WHERE s.geom && ST_Expand(ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), %(near)s)
  AND ST_DWithin(s.geom, ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), %(near)s)
ORDER BY s.network, s.feature_id
LIMIT %(most)s + 1
