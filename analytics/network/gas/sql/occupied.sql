-- Gas pipes of any state in the ground, and buildings that stand on them.
SELECT s.feature_id, f.source_key AS key, s.state, s.material, s.diameter_mm::float8 AS diameter_mm,
       s.pressure_mpa::float8 AS pressure_mpa, s.pressure_raw, s.installed_year, s.road_name, s.owner,
       coalesce(s.outer_width_mm, s.diameter_mm, 0)::float8 AS outer_width_mm, s.survey_method,
       b.feature_id AS building_id, g.source_key AS building_key, b.name AS building, b.address, b.usage,
       b.built_year, b.residents::float8 AS residents, ST_AsBinary(s.geom) AS geom, ST_AsBinary(b.geom) AS footprint,
       start_node_id AS start_id, end_node_id AS end_id
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s
JOIN city.feature f ON f.feature_id = s.feature_id
JOIN (SELECT * FROM city.building_current WHERE classification <= run.clearance() AND parent_id IS NULL) b
     ON ST_DWithin(b.geom, s.geom, coalesce(s.outer_width_mm, s.diameter_mm, 0) / 2000)
JOIN city.feature g ON g.feature_id = b.feature_id
WHERE s.network = 'gas' AND s.burial IS DISTINCT FROM 'overhead' AND s.state <> 'planned'
ORDER BY s.feature_id, b.feature_id
