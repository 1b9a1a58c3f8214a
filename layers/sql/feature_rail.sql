-- The control protection zones of the newest run about a station or a line of a railway.
SELECT a.run_id, a.kind, a.finished_at, z.number, z.zone, z.asks_zh, z.asks_en, z.status
FROM result.rail_zone_latest z
JOIN run.analysis a USING (run_id)
WHERE z.feature_id = %(feature_id)s
ORDER BY z.number
