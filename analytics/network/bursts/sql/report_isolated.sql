-- The extent of some pipes.
SELECT ST_AsBinary(ST_Force2D(ST_Extent(s.geom)::geometry)) AS extent
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s
WHERE s.feature_id = ANY(%(segments)s)
