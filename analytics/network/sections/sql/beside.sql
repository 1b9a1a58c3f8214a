-- What else a drawn line crosses: kerbs and red lines, carriageways' edges, buildings' walls.
-- The box for streets is made beforehand: an ST_Expand in the join uses no index under row policies.
WITH line AS MATERIALIZED (
  SELECT l.geom, ST_Expand(l.geom, 60) AS box FROM (SELECT ST_GeomFromWKB(%(line)s, %(srid)s) AS geom) l)
SELECT k.kind, NULL::text AS name, ST_AsBinary(ST_Intersection(ST_Force2D(k.geom), line.geom)) AS geom
FROM city.kerb_current k, line
WHERE k.geom && line.geom AND ST_Intersects(ST_Force2D(k.geom), line.geom) AND k.classification <= run.clearance()
UNION ALL
-- Red lines of a plan (规划控制线) are lines, or the edges of the land that it keeps for a street.
SELECT 'red_line', NULL, ST_AsBinary(ST_Intersection(
         CASE WHEN ST_Dimension(c.geom) = 2 THEN ST_Boundary(ST_Force2D(c.geom)) ELSE ST_Force2D(c.geom) END, line.geom))
FROM city.control_line_current c, line
WHERE c.kind = 'red' AND c.geom && line.geom AND ST_Intersects(ST_Force2D(c.geom), line.geom)
  AND c.classification <= run.clearance()
UNION ALL
SELECT 'road', r.name, ST_AsBinary(ST_Intersection(line.geom, ST_Buffer(ST_Force2D(r.geom), r.width_m / 2, 'endcap=flat')))
FROM city.road_edge_current r, line
WHERE r.geom && line.box AND ST_DWithin(ST_Force2D(r.geom), line.geom, r.width_m / 2)
  AND r.width_m > 0 AND r.level = 0 AND NOT r.bridge AND NOT r.tunnel AND r.classification <= run.clearance()
UNION ALL
SELECT 'building', b.name, ST_AsBinary(ST_Intersection(line.geom, ST_Force2D(b.geom)))
FROM city.building_current b, line
WHERE b.geom && line.geom AND ST_Intersects(ST_Force2D(b.geom), line.geom) AND b.classification <= run.clearance()
