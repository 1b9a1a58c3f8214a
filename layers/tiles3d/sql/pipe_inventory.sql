-- Segments, nodes and devices of a network: 4 times the version plus the theme (0 segment, 1 node, 2 device), box,
-- expected triangles and vertices.
SELECT 4 * s.version_id,
       ST_XMin(s.geom) - w.half, ST_YMin(s.geom) - w.half, ST_ZMin(s.geom) - w.half,
       ST_XMax(s.geom) + w.half, ST_YMax(s.geom) + w.half, ST_ZMax(s.geom) + w.half,
       24 * (ST_NPoints(s.geom) - 1), 24 * (ST_NPoints(s.geom) - 1)
FROM city.pipe_segment_current s,
     LATERAL (SELECT coalesce(s.outer_width_mm, s.diameter_mm, s.width_mm, 100) / 2000 AS half) w
WHERE s.network = %(network)s AND s.classification <= run.clearance()
  AND NOT EXISTS (SELECT FROM city.feature_link k WHERE k.feature_id = s.feature_id)
UNION ALL
SELECT 4 * n.version_id + 1,
       ST_X(n.geom) - 0.5, ST_Y(n.geom) - 0.5, least(ST_Z(n.geom), n.ground_level_m - n.well_depth_m) - 0.5,
       ST_X(n.geom) + 0.5, ST_Y(n.geom) + 0.5, greatest(ST_Z(n.geom), n.ground_level_m) + 0.5,
       90, 140
FROM city.pipe_node_current n
WHERE n.network = %(network)s AND n.classification <= run.clearance()
  AND NOT EXISTS (SELECT FROM city.pipe_device_current d
                  WHERE d.node_id = n.feature_id AND d.classification <= run.clearance())
  AND NOT EXISTS (SELECT FROM city.feature_link k WHERE k.feature_id = n.feature_id)
UNION ALL
SELECT 4 * d.version_id + 2,
       ST_X(p.geom) - 0.5, ST_Y(p.geom) - 0.5, ST_Z(p.geom) - 0.5,
       ST_X(p.geom) + 0.5, ST_Y(p.geom) + 0.5, greatest(ST_Z(p.geom), n.ground_level_m) + 0.5,
       110, 200
FROM city.pipe_device_current d
LEFT JOIN city.pipe_node_current n ON n.feature_id = d.node_id AND n.classification <= run.clearance()
LEFT JOIN city.pipe_segment_current s ON s.feature_id = d.segment_id AND s.classification <= run.clearance(),
     LATERAL (SELECT coalesce(d.geom, n.geom, ST_LineInterpolatePoint(s.geom, 0.5)) AS geom) p
WHERE d.network = %(network)s AND d.classification <= run.clearance() AND p.geom IS NOT NULL
  AND NOT EXISTS (SELECT FROM city.feature_link k WHERE k.feature_id = d.feature_id)
