-- Buildings and streets within the reach of each flooded manhole; streets to their edge.
-- From the manholes by boxes that are made beforehand: neither a distance nor an ST_Expand in the join uses an index
-- under row policies.
WITH street AS (
  -- A street is found by its axis, from which its edge lies at most this far.
  SELECT coalesce(max(width_m), 0) / 2 AS half_m FROM city.road_edge_current WHERE classification <= run.clearance()),
flooded AS MATERIALIZED (
  SELECT n.feature_id AS node_id, ST_Force2D(n.geom) AS geom, t.reach_m, ST_Expand(ST_Force2D(n.geom), t.reach_m) AS box,
         ST_Expand(ST_Force2D(n.geom), t.reach_m + street.half_m) AS street_box
  FROM unnest(%(nodes)s::bigint[], %(reach)s::float8[]) AS t (node_id, reach_m)
  JOIN city.pipe_node_current n ON n.feature_id = t.node_id
  CROSS JOIN street)
SELECT w.node_id, b.feature_id, 'building' AS theme, ST_Distance(b.geom, w.geom) AS distance_m, w.reach_m
FROM flooded w
JOIN city.building_current b ON b.geom && w.box AND ST_DWithin(b.geom, w.geom, w.reach_m)
WHERE b.parent_id IS NULL AND b.classification <= run.clearance()
UNION ALL
SELECT w.node_id, r.feature_id, 'road_edge',
       greatest(ST_Distance(ST_Force2D(r.geom), w.geom) - coalesce(r.width_m, 0) / 2, 0), w.reach_m
FROM flooded w
JOIN city.road_edge_current r ON r.geom && w.street_box
     AND ST_DWithin(ST_Force2D(r.geom), w.geom, w.reach_m + coalesce(r.width_m, 0) / 2)
WHERE NOT r.bridge AND r.classification <= run.clearance()
ORDER BY 1, 3, 4, 2
