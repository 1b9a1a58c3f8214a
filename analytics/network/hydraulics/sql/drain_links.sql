-- Sewers, channels, pumps and weirs of a drainage network.
SELECT p.feature_id AS segment_id, p.kind, p.shape, p.diameter_mm, p.diameter_basis, p.wall_mm, p.width_mm, p.height_mm,
       p.material, p.roughness, p.depth_reference, p.start_level_m, p.end_level_m,
       ST_Z(ST_StartPoint(p.geom)) AS start_axis_m, ST_Z(ST_EndPoint(p.geom)) AS end_axis_m,
       coalesce(p.attributes ->> 'weir_type', p.attributes ->> 'orifice_type') AS device_type,
       CASE WHEN jsonb_typeof(p.attributes -> 'discharge_coefficient_si') = 'number'
            THEN (p.attributes ->> 'discharge_coefficient_si')::float8 END AS coefficient,
       upper(p.attributes ->> 'gated') = 'YES' AS gated, upper(p.attributes ->> 'can_surcharge') <> 'NO' AS surcharging
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) p
WHERE p.feature_id = ANY(%(segments)s)
ORDER BY p.feature_id
