-- Facilities that people use within a distance of a pipe.
SELECT c.feature_id, c.kind, c.name, c.capacity::float8 AS capacity,
       round(ST_Distance(ST_Force2D(c.geom), ST_Force2D(s.geom))::numeric, 2)::float8 AS distance_m
FROM city.pipe_segment_current s
JOIN city.facility_current c ON c.geom && ST_Expand(s.geom, %(within)s) AND ST_DWithin(c.geom, s.geom, %(within)s)
WHERE s.feature_id = %(segment)s AND s.classification <= run.clearance() AND c.classification <= run.clearance()
ORDER BY 5, 1
