-- Pipes and ducts near a gas pipe in which gas can travel: distance in plan from wall to wall.
-- From a box that is made beforehand: neither a distance nor an ST_Expand in the join uses an index under row policies.
WITH pipe AS MATERIALIZED (
  SELECT s.geom, coalesce(s.outer_width_mm, s.diameter_mm, 0) / 2000 AS half_m,
         ST_Expand(ST_Force2D(s.geom), %(within)s + 2) AS box
  FROM city.pipe_segment_current s
  WHERE s.feature_id = %(segment)s AND s.classification <= run.clearance())
SELECT o.feature_id, f.source_key AS key, o.network, o.kind, o.state, o.material, o.owner,
       round(greatest(ST_Distance(ST_Force2D(o.geom), ST_Force2D(s.geom))
                      - s.half_m
                      - coalesce(o.outer_width_mm, o.diameter_mm, o.width_mm, 0) / 2000, 0)::numeric, 2)::float8
           AS distance_m,
       ST_Crosses(ST_Force2D(o.geom), ST_Force2D(s.geom)) AS crosses,
       (o.start_depth_m IS NULL AND o.start_level_m IS NULL) OR (o.end_depth_m IS NULL AND o.end_level_m IS NULL)
           AS depth_unknown
FROM pipe s
JOIN city.pipe_segment_current o ON o.geom && s.box
     AND ST_DWithin(o.geom, s.geom, %(within)s + 2) AND o.network = %(network)s
JOIN city.feature f ON f.feature_id = o.feature_id
WHERE o.classification <= run.clearance()
  AND o.burial IS DISTINCT FROM 'overhead'
  AND (%(kinds)s::text[] IS NULL OR o.kind = ANY(%(kinds)s))
  AND ST_Distance(ST_Force2D(o.geom), ST_Force2D(s.geom))
      - s.half_m
      - coalesce(o.outer_width_mm, o.diameter_mm, o.width_mm, 0) / 2000 <= %(within)s
ORDER BY 8, 1
