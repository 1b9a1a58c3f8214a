-- Where storm water and sewage meet: ends of one's pipes at nodes of the other, named or lying at the very place.
WITH ends AS (
    SELECT s.feature_id AS segment_id, s.network, e.node_id, ST_X(e.place) AS x, ST_Y(e.place) AS y,
           -- 1: water leaves the pipe here, -1: it enters, 0: not known
           e.side * CASE WHEN s.flow_direction = 0 THEN 1
                         WHEN s.flow_direction = 1 THEN -1
                         WHEN s.flow_direction = 2 THEN 0
                         ELSE coalesce(sign(coalesce(s.start_level_m - s.end_level_m,
                                                     ST_Z(ST_StartPoint(s.geom)) - ST_Z(ST_EndPoint(s.geom)))), 0)
                         END AS leaves
    FROM city.pipe_segment_current s,
         LATERAL (VALUES (s.start_node_id, ST_StartPoint(s.geom), -1), (s.end_node_id, ST_EndPoint(s.geom), 1))
              AS e (node_id, place, side)
    WHERE s.classification <= run.clearance() AND s.network IN ('storm', 'sewage')
      AND s.state IN ('in_use', 'closed')
), nodes AS (
    SELECT n.feature_id AS node_id, n.network, ST_X(n.geom) AS x, ST_Y(n.geom) AS y, n.geom
    FROM city.pipe_node_current n
    WHERE n.classification <= run.clearance() AND n.network IN ('storm', 'sewage') AND n.state = 'in_use'
), met AS (
    SELECT e.segment_id, e.network, e.leaves, n.node_id, n.geom, 'node' AS how
    FROM ends e JOIN nodes n ON n.node_id = e.node_id
    WHERE n.network <> e.network
    UNION ALL
    SELECT e.segment_id, e.network, e.leaves, n.node_id, n.geom, 'place'
    FROM ends e JOIN nodes n ON round(n.x * 100) = round(e.x * 100) AND round(n.y * 100) = round(e.y * 100)
    WHERE n.network <> e.network AND n.node_id IS DISTINCT FROM e.node_id
), others AS (
    -- A node that no pipe of its own network touches is only called wrongly: nothing is handed over there.
    SELECT m.segment_id, m.node_id, o.segment_id AS other_id, o.network AS other_network, o.leaves AS other_leaves
    FROM met m JOIN ends o ON o.node_id = m.node_id AND o.network <> m.network
)
SELECT DISTINCT ON (m.segment_id, m.node_id)
       m.segment_id, f.source_key AS key, m.network, m.node_id, g.source_key AS node_key, o.other_id,
       h.source_key AS other_key, m.how,
       CASE WHEN m.leaves > 0 THEN m.network || '_to_' || o.other_network
            WHEN m.leaves < 0 THEN o.other_network || '_to_' || m.network ELSE 'unknown' END AS direction,
       ST_X(p.place) AS longitude, ST_Y(p.place) AS latitude
FROM met m
JOIN others o ON o.segment_id = m.segment_id AND o.node_id = m.node_id
JOIN city.feature f ON f.feature_id = m.segment_id
JOIN city.feature g ON g.feature_id = m.node_id
JOIN city.feature h ON h.feature_id = o.other_id,
     LATERAL (SELECT ST_Transform(ST_Force2D(m.geom), 4326) AS place) p
-- The other pipe is the one that the water comes from, or goes on in.
ORDER BY m.segment_id, m.node_id, m.leaves * o.other_leaves, o.other_id
