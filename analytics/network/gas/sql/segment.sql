-- A gas pipe with what its impact depends on.
SELECT s.feature_id AS segment_id, f.source_key AS key, s.network, s.road_name, s.material,
       s.diameter_mm::float8 AS diameter_mm, s.pressure_mpa::float8 AS pressure_mpa, s.pressure_raw, s.installed_year,
       coalesce(s.outer_width_mm, s.diameter_mm)::float8 AS outer_width_mm, s.state, s.owner
FROM city.pipe_segment_current s JOIN city.feature f USING (feature_id)
WHERE s.feature_id = %(segment)s AND s.classification <= run.clearance()
