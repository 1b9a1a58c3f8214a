SELECT DISTINCT ON (s.name) s.name AS source, l.load_id, l.status, p.load_id AS standing
FROM run.load l
JOIN run.source s USING (source_id)
LEFT JOIN LATERAL (
    SELECT max(load_id) AS load_id FROM run.load WHERE source_id = l.source_id AND published_at IS NOT NULL
) p ON true
WHERE l.status IN ('failed', 'undone')
  AND l.load_id > coalesce(p.load_id, 0)
  AND (%(source)s::text IS NULL OR s.name = %(source)s)
ORDER BY s.name, l.load_id DESC
