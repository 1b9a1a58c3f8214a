-- Buildings and streets within the reach of each flooded manhole; streets to their edge.
WITH flooded AS (
  SELECT n.feature_id AS node_id, ST_Force2D(n.geom) AS geom, t.reach_m
  FROM unnest(%(nodes)s::bigint[], %(reach)s::float8[]) AS t (node_id, reach_m)
  JOIN city.pipe_node_current n ON n.feature_id = t.node_id)
SELECT w.node_id, b.feature_id, 'building' AS theme, ST_Distance(b.geom, w.geom) AS distance_m, w.reach_m
FROM flooded w
JOIN city.building_current b ON ST_DWithin(b.geom, w.geom, w.reach_m)
WHERE b.parent_id IS NULL AND b.classification <= run.clearance()
UNION ALL
SELECT w.node_id, r.feature_id, 'road_edge',
       greatest(ST_Distance(ST_Force2D(r.geom), w.geom) - coalesce(r.width_m, 0) / 2, 0), w.reach_m
FROM flooded w
JOIN city.road_edge_current r ON ST_DWithin(ST_Force2D(r.geom), w.geom, w.reach_m + coalesce(r.width_m, 0) / 2)
WHERE NOT r.bridge AND r.classification <= run.clearance()
ORDER BY 1, 3, 4
