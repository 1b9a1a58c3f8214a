-- Facilities that people use within a distance of a pipe.
-- From a box that is made beforehand: neither a distance nor an ST_Expand in the join uses an index under row policies.
WITH pipe AS MATERIALIZED (
  SELECT s.geom, ST_Expand(ST_Force2D(s.geom), %(within)s) AS box
  FROM city.pipe_segment_current s
  WHERE s.feature_id = %(segment)s AND s.classification <= run.clearance())
SELECT c.feature_id, c.kind, c.name, c.capacity::float8 AS capacity,
       round(ST_Distance(ST_Force2D(c.geom), ST_Force2D(s.geom))::numeric, 2)::float8 AS distance_m
FROM pipe s
JOIN city.facility_current c ON c.geom && s.box AND ST_DWithin(c.geom, s.geom, %(within)s)
WHERE c.classification <= run.clearance()
ORDER BY 5, 1
