-- Pipes that matter most.
SELECT c.segment_id AS feature_id, f.source_key AS key, c.unmet_m3s, c.unmet_share, c.nodes_short, c.customers_short, c.grade,
       c.reason
FROM result.pipe_closure c
JOIN city.feature f ON f.feature_id = c.segment_id
WHERE c.run_id = %(run)s AND c.unmet_m3s > 0
ORDER BY c.unmet_m3s DESC, c.segment_id
LIMIT %(limit)s
