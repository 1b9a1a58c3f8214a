-- Buildings and streets near flooded manholes by the newest storm on each drainage network, those by most water first.
WITH newest AS (
  SELECT DISTINCT ON (r.subject) r.run_id
  FROM run.analysis r
  WHERE r.kind = 'network.surcharge' AND r.status = 'done' AND r.classification <= run.clearance()
    AND (%(network)s::text IS NULL OR r.subject = %(network)s)
  ORDER BY r.subject, r.run_id DESC)
SELECT c.feature_id, c.theme, c.network, f.source_key AS key, coalesce(b.name, e.name) AS name, b.usage,
       b.residents::float8 AS residents, min(c.distance_m) AS distance_m, sum(s.flood_m3) AS flood_m3,
       max(s.flood_minutes) AS flood_minutes, array_agg(c.node_id ORDER BY c.distance_m, c.node_id) AS nodes
FROM result.flood_contact c
JOIN newest USING (run_id)
JOIN result.node_surcharge s ON s.run_id = c.run_id AND s.node_id = c.node_id
JOIN city.feature f ON f.feature_id = c.feature_id
LEFT JOIN city.building_current b ON b.feature_id = c.feature_id AND b.classification <= run.clearance()
LEFT JOIN city.road_edge_current e ON e.feature_id = c.feature_id AND e.classification <= run.clearance()
WHERE (%(theme)s::text IS NULL OR c.theme = %(theme)s) AND (b.feature_id IS NOT NULL OR e.feature_id IS NOT NULL)
GROUP BY c.feature_id, c.theme, c.network, f.source_key, b.name, e.name, b.usage, b.residents
ORDER BY flood_m3 DESC, c.feature_id
LIMIT %(limit)s
