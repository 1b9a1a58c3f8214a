-- Manholes that flood or are nearest to it.
SELECT n.node_id AS feature_id, f.source_key AS key, n.state, n.flood_m3, n.flood_minutes, n.surcharge_m, n.freeboard_m, n.head_m
FROM result.node_surcharge n
JOIN city.feature f ON f.feature_id = n.node_id
WHERE n.run_id = %(run)s AND n.state <> 'free'
ORDER BY n.flood_m3 DESC, n.surcharge_m DESC, n.node_id
LIMIT %(limit)s
