-- Facilities that must not be without, near pipes that are without, of which nobody knows what feeds them: no connection of
-- this network leads from their building to a node, and the nearest pipe of the network, within reach, is one of these.
WITH extent AS MATERIALIZED (
    SELECT ST_Expand(ST_SetSRID(ST_Extent(s.geom)::geometry, %(srid)s), %(reach)s) AS box
    FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s
    WHERE s.feature_id = ANY(%(segments)s)
), near AS MATERIALIZED (
    SELECT f.feature_id, f.kind, f.name, f.building_id, ST_Force2D(f.geom) AS geom
    FROM city.facility_current f
    WHERE f.kind = ANY(%(kinds)s) AND f.classification <= run.clearance() AND f.geom && (SELECT box FROM extent)
)
SELECT n.feature_id, n.kind, n.name, m.segment_id, m.segment_id = ANY(%(beyond_segments)s) AS beyond,
       round(m.metres::numeric, 1)::float8 AS distance_m, ST_X(p.place) AS longitude, ST_Y(p.place) AS latitude
FROM near n
CROSS JOIN LATERAL (
    SELECT s.feature_id AS segment_id, ST_Distance(ST_Force2D(s.geom), n.geom) AS metres
    FROM city.pipe_segment_current s
    -- By its box first: under row policies a distance alone uses no index.
    WHERE s.geom && ST_Expand(n.geom, %(reach)s) AND s.network = %(network)s AND s.state IN ('in_use', 'closed')
          AND s.classification <= run.clearance()
    ORDER BY metres, s.feature_id
    LIMIT 1) m,
     LATERAL (SELECT ST_Transform(ST_PointOnSurface(n.geom), 4326) AS place) p
WHERE m.segment_id = ANY(%(segments)s) AND m.metres <= %(reach)s
  AND NOT EXISTS (
    SELECT FROM city.service_connection_current c
    WHERE c.network = %(network)s AND c.node_id IS NOT NULL AND c.classification <= run.clearance()
          -- As in services.sql: one that names no building is in that at whose wall, or about which, it stands.
          AND c.building_id IN (
              SELECT n.building_id
              UNION ALL
              SELECT b.feature_id FROM city.building_current b
              WHERE n.building_id IS NULL AND b.classification <= run.clearance()
                    AND b.geom && ST_Expand(n.geom, 1) AND ST_DWithin(b.geom, n.geom, 1)))
ORDER BY beyond, m.metres, n.feature_id
