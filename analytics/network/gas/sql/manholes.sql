-- Manholes and gullies of a network near a gas pipe: where gas comes up, and where it is looked for.
-- From a box that is made beforehand: neither a distance nor an ST_Expand in the join uses an index under row policies.
WITH pipe AS MATERIALIZED (
  SELECT s.geom, ST_Expand(ST_Force2D(s.geom), %(within)s) AS box
  FROM city.pipe_segment_current s
  WHERE s.feature_id = %(segment)s AND s.classification <= run.clearance())
SELECT n.feature_id, f.source_key AS key, n.network, n.kind, n.appurtenance_raw,
       round(ST_Distance(ST_Force2D(n.geom), ST_Force2D(s.geom))::numeric, 2)::float8 AS distance_m,
       ST_X(p.place) AS longitude, ST_Y(p.place) AS latitude
FROM pipe s
JOIN city.pipe_node_current n ON n.geom && s.box AND ST_DWithin(n.geom, s.geom, %(within)s)
     AND n.network = %(network)s
JOIN city.feature f ON f.feature_id = n.feature_id,
     LATERAL (SELECT ST_Transform(ST_Force2D(n.geom), 4326) AS place) p
WHERE n.classification <= run.clearance()
  AND (n.kind IN ('manhole', 'gully') OR n.well_depth_m > 0)
ORDER BY 6, 1
