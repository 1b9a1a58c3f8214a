-- What covers the ground within a box: footprints, streets by their width, green.
SELECT * FROM (
  SELECT 'building' AS cover, ST_AsBinary(b.geom) AS geom, 0::float8 AS width_m
  FROM city.building_current b
  WHERE b.parent_id IS NULL AND b.classification <= run.clearance()
    AND b.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)
  UNION ALL
  SELECT 'road', ST_AsBinary(ST_Force2D(r.geom)), coalesce(r.width_m, 6)
  FROM city.road_edge_current r
  WHERE NOT r.bridge AND NOT r.tunnel AND r.classification <= run.clearance()
    AND r.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)
  UNION ALL
  SELECT 'green', ST_AsBinary(g.geom), 0
  FROM city.green_space_current g
  WHERE g.classification <= run.clearance()
    AND g.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)) t
WHERE t.geom IS NOT NULL
