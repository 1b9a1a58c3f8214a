-- Hydrants that give least.
SELECT h.node_id AS feature_id, f.source_key AS key, h.static_m, h.available_m3s, h.needed_m3s, h.meets, h.reason
FROM result.hydrant_flow h
JOIN city.feature f ON f.feature_id = h.node_id
WHERE h.run_id = %(run)s
ORDER BY h.available_m3s NULLS LAST, h.node_id
LIMIT %(limit)s
