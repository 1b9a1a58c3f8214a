-- Pipes in use with what their risk depends on; one row a segment.
SELECT s.feature_id AS segment_id, s.network, s.material, s.lining, s.installed_year::float8 AS installed_year,
       coalesce(s.diameter_mm, sqrt(s.width_mm * s.height_mm), s.outer_width_mm)::float8 AS size_mm,
       s.pressure_mpa::float8 AS pressure_mpa,
       coalesce(nullif(s.length_m, 0), ST_3DLength(s.geom))::float8 AS length_m,
       (s.start_depth_m + s.end_depth_m)::float8 / 2 AS depth_m,
       coalesce(s.attributes ->> 'soil', s.attributes ->> '土质') AS soil,
       (ST_Z(ST_StartPoint(s.geom)) + ST_Z(ST_EndPoint(s.geom))) / 2 AS level_m,
       ST_AsBinary(ST_Force2D(s.geom)) AS geom
FROM city.pipe_segment_current s
WHERE s.classification <= run.clearance() AND s.state IN ('in_use', 'closed') AND s.kind NOT IN ('pump', 'valve')
ORDER BY s.feature_id
