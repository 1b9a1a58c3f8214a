-- Pipes near an area, and those that they hang together with: which pairs are judged depends on what joins them.
WITH near AS MATERIALIZED (
    SELECT s.feature_id, s.network, s.state, s.geom
    FROM city.pipe_segment_current s
    WHERE s.classification <= run.clearance()
      -- Boxes first: under row policies a distance alone uses no index.
      AND (%(area)s::text IS NULL OR (s.geom && ST_Expand(ST_GeomFromText(%(area)s, %(srid)s), %(margin)s)
                                      AND ST_DWithin(s.geom, ST_GeomFromText(%(area)s, %(srid)s), %(margin)s)))
    LIMIT %(most)s
), ends AS MATERIALIZED (
    SELECT DISTINCT n.network, e.place
    FROM near n, LATERAL (VALUES (ST_Force2D(ST_StartPoint(n.geom))), (ST_Force2D(ST_EndPoint(n.geom)))) AS e (place)
    WHERE %(area)s::text IS NOT NULL
)
SELECT n.feature_id, n.state IN ('in_use', 'closed') AS in_use FROM near n
UNION
SELECT o.feature_id, o.state IN ('in_use', 'closed')
FROM ends e
CROSS JOIN LATERAL (
    SELECT s.feature_id, s.state
    FROM city.pipe_segment_current s
    WHERE s.geom && ST_Expand(e.place, 0.02) AND ST_DWithin(s.geom, e.place, 0.02)
      AND s.network = e.network AND s.classification <= run.clearance()
    OFFSET 0  -- planned by itself: an index for each end, not all pipes for all ends
) o
ORDER BY 1
