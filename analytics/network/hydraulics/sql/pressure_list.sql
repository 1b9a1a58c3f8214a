-- Nodes of lowest pressure.
SELECT n.node_id AS feature_id, f.source_key AS key, n.pressure_m, n.head_m, n.demand_m3s, n.supplied_m3s, n.reason
FROM result.node_pressure n
JOIN city.feature f ON f.feature_id = n.node_id
WHERE n.run_id = %(run)s AND n.pressure_m IS NOT NULL
ORDER BY n.pressure_m, n.node_id
LIMIT %(limit)s
