-- Buildings within a distance of a pipe, the nearest first; those with a basement for migration.
-- From a box that is made beforehand: neither a distance nor an ST_Expand in the join uses an index under row policies.
WITH pipe AS MATERIALIZED (
  SELECT s.geom, ST_Expand(ST_Force2D(s.geom), %(within)s) AS box
  FROM city.pipe_segment_current s
  WHERE s.feature_id = %(segment)s AND s.classification <= run.clearance())
SELECT b.feature_id, f.source_key AS key, b.name, b.address, b.usage, b.residents::float8 AS residents, b.households,
       b.storeys_below::float8 AS storeys_below, round(ST_Distance(b.geom, s.geom)::numeric, 2)::float8 AS distance_m,
       ST_X(p.place) AS longitude, ST_Y(p.place) AS latitude
FROM pipe s
JOIN city.building_current b ON b.geom && s.box AND ST_DWithin(b.geom, s.geom, %(within)s)
JOIN city.feature f ON f.feature_id = b.feature_id,
     LATERAL (SELECT ST_Transform(ST_PointOnSurface(b.geom), 4326) AS place) p
WHERE b.parent_id IS NULL
  AND b.classification <= run.clearance()
  AND (NOT %(basements)s OR b.storeys_below > 0)
ORDER BY 9, 1
