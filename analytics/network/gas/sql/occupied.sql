-- Gas pipes of any state in the ground, and buildings that stand on them.
-- From the pipes by boxes: a distance alone uses no index under row policies.
WITH pipe AS MATERIALIZED (
    SELECT s.*, f.source_key, ST_Expand(ST_Force2D(s.geom), coalesce(s.outer_width_mm, s.diameter_mm, 0) / 2000) AS box
    FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s
    JOIN city.feature f ON f.feature_id = s.feature_id
    WHERE s.network = 'gas' AND s.burial IS DISTINCT FROM 'overhead' AND s.state <> 'planned'
)
SELECT s.feature_id, s.source_key AS key, s.state, s.material, s.diameter_mm::float8 AS diameter_mm,
       s.pressure_mpa::float8 AS pressure_mpa, s.pressure_raw, s.installed_year, s.road_name, s.owner,
       coalesce(s.outer_width_mm, s.diameter_mm, 0)::float8 AS outer_width_mm, s.survey_method,
       b.feature_id AS building_id, g.source_key AS building_key, b.name AS building, b.address, b.usage,
       b.built_year, b.residents::float8 AS residents, ST_AsBinary(s.geom) AS geom, ST_AsBinary(b.geom) AS footprint,
       s.start_node_id AS start_id, s.end_node_id AS end_id
FROM pipe s
JOIN (SELECT * FROM city.building_current WHERE classification <= run.clearance() AND parent_id IS NULL) b
     ON b.geom && s.box AND ST_DWithin(b.geom, s.geom, coalesce(s.outer_width_mm, s.diameter_mm, 0) / 2000)
JOIN city.feature g ON g.feature_id = b.feature_id
ORDER BY s.feature_id, b.feature_id
