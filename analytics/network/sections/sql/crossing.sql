-- The pipes of all networks that cross a line in plan, as a drawing needs them.
SELECT s.feature_id AS segment_id, f.source_key AS key, s.network, s.class_code, s.kind, s.shape, s.diameter_mm, s.diameter_basis,
       s.width_mm, s.height_mm, s.wall_mm, s.outer_width_mm, s.outer_height_mm, s.material, s.state, s.burial, s.cables,
       s.holes_total, s.owner, s.start_node_id, s.end_node_id,
       coalesce(s.start_depth_m, s.start_level_m) IS NOT NULL
         AND coalesce(s.end_depth_m, s.end_level_m) IS NOT NULL AS surveyed,
       ST_AsBinary(s.geom) AS geom
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s
JOIN city.feature f USING (feature_id)
WHERE ST_Intersects(ST_Force2D(s.geom), ST_GeomFromWKB(%(line)s, %(srid)s)) AND s.geom && ST_GeomFromWKB(%(line)s, %(srid)s)
  AND s.state <> 'planned'
ORDER BY s.feature_id
