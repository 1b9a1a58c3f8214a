-- Segments of a network that a filter leaves out; `unknown`: because nobody knows whether it would.
SELECT s.feature_id AS segment_id, t.passes IS NULL AS unknown
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s,
     LATERAL (SELECT coalesce(s.diameter_mm, s.width_mm) AS size_mm) z,
     LATERAL (SELECT (%(min_diameter_mm)s::float8 IS NULL OR z.size_mm >= %(min_diameter_mm)s)
                 AND (%(max_diameter_mm)s::float8 IS NULL OR z.size_mm <= %(max_diameter_mm)s)
                 AND (%(materials)s::text[] IS NULL OR s.material = ANY(%(materials)s)) AS passes) t
WHERE s.network = %(network)s AND t.passes IS NOT TRUE
