-- Pipes of a network in a box.
SELECT s.feature_id AS segment_id, ST_AsBinary(ST_Force2D(s.geom)) AS geom
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s
WHERE s.network = %(network)s AND s.state IN ('in_use', 'closed')
  AND s.geom && ST_GeomFromWKB(%(box)s, %(srid)s)
