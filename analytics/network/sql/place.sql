-- Nodes, segments and in-line devices of a name: a stable id, or a key in the survey.
SELECT p.theme, p.feature_id, p.network, f.source_key AS key
FROM city.feature f,
     LATERAL (
        SELECT 'node' AS theme, n.feature_id, n.network FROM city.pipe_node_current n
        WHERE n.feature_id = f.feature_id AND n.classification <= run.clearance()
        UNION ALL
        SELECT 'segment', s.feature_id, s.network FROM city.pipe_segment_current s
        WHERE s.feature_id = f.feature_id AND s.classification <= run.clearance()
        UNION ALL
        SELECT CASE WHEN d.node_id IS NULL THEN 'segment' ELSE 'node' END, coalesce(d.node_id, d.segment_id), d.network
        FROM city.pipe_device_current d
        WHERE d.feature_id = f.feature_id AND coalesce(d.node_id, d.segment_id) IS NOT NULL
          AND d.classification <= run.clearance()) p
WHERE f.theme IN ('pipe_node', 'pipe_segment', 'pipe_device')
  AND ((%(id)s::bigint IS NOT NULL AND f.feature_id = %(id)s)
       OR (%(id)s::bigint IS NULL AND f.source_key = %(key)s))
  AND (%(network)s::text IS NULL OR p.network = %(network)s)
-- One survey may call a manhole and its cover, or a valve and its point, alike: the node is meant.
ORDER BY CASE p.theme WHEN 'node' THEN 0 ELSE 1 END, p.feature_id
LIMIT 3
