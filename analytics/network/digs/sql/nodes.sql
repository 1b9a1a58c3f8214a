-- Manholes, valves and other things that stand on pipes near a place; bends and joints of pipes are none.
SELECT n.feature_id, f.source_key AS key, n.network, n.kind, n.feature_raw, n.appurtenance_raw, n.state, n.owner,
       n.ground_level_m::float8 AS ground_level_m, n.well_depth_m::float8 AS well_depth_m, n.cover_material,
       n.cover_size_mm, n.surveyed_by, n.surveyed_on, n.attributes, ST_AsBinary(n.geom) AS geom
FROM (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) n
JOIN city.feature f USING (feature_id)
-- The box first: under row policies a distance alone uses no index.
WHERE n.geom && ST_Expand(ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), %(near)s)
  AND ST_DWithin(n.geom, ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), %(near)s)
  AND (n.kind NOT IN ('junction', 'tee', 'cross', 'bend', 'reducer', 'end') OR n.well_depth_m > 0)
ORDER BY n.network, n.feature_id
LIMIT %(most)s + 1
