-- Segments with their sections, in the order asked for.
SELECT s.feature_id, s.start_node_id, s.end_node_id,
       coalesce(s.outer_width_mm, s.diameter_mm, s.width_mm),
       coalesce(s.outer_height_mm, s.outer_width_mm, s.diameter_mm, s.height_mm),
       s.shape = 'rectangular', s.kind, coalesce(s.road_name, f.source_key), s.material, s.installed_year, s.geom
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted (version_id, place)
JOIN city.pipe_segment s USING (version_id)
JOIN city.feature f USING (feature_id)
ORDER BY wanted.place
