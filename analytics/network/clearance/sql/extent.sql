-- Where the pipes of a network lie, or some pipes: a polygon round them, null where there are none.
SELECT ST_AsText(ST_ConvexHull(ST_Collect(ST_Force2D(s.geom)))) AS area
FROM city.pipe_segment_current s
WHERE s.classification <= run.clearance()
  AND (%(network)s::text IS NULL OR s.network = %(network)s)
  AND (%(pipes)s::bigint[] IS NULL OR s.feature_id = ANY(%(pipes)s))
