-- Manholes, valves and other things that stand on pipes near a place; bends and joints of pipes are none. How a point was
-- surveyed stands with its pipes: it was seen where one of them was, else it is told where all of them agree.
SELECT n.feature_id, f.source_key AS key, n.network, n.kind, n.feature_raw, n.appurtenance_raw, n.state, n.owner,
       n.ground_level_m::float8 AS ground_level_m, n.well_depth_m::float8 AS well_depth_m, n.cover_material,
       n.cover_size_mm, w.survey_method, n.surveyed_by, n.surveyed_on, n.attributes, ST_AsBinary(n.geom) AS geom
FROM (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) n
JOIN city.feature f USING (feature_id),
     LATERAL (
         SELECT CASE WHEN bool_or(s.survey_method = 'open') THEN 'open'
                     WHEN count(DISTINCT coalesce(s.survey_method, '')) = 1 THEN max(s.survey_method) END AS survey_method
         FROM city.pipe_segment_current s
         WHERE (s.start_node_id = n.feature_id OR s.end_node_id = n.feature_id)
               AND s.classification <= run.clearance()) w
-- The box first: under row policies a distance alone uses no index.
WHERE n.geom && ST_Expand(ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), %(near)s)
  AND ST_DWithin(n.geom, ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), %(near)s)
  AND (n.kind NOT IN ('junction', 'tee', 'cross', 'bend', 'reducer', 'end') OR n.well_depth_m > 0)
ORDER BY n.network, n.feature_id
LIMIT %(most)s + 1
