SELECT l.*, s.name AS source, s.kind
FROM run.load l
JOIN run.source s USING (source_id)
WHERE CASE
    WHEN %(load)s::bigint IS NOT NULL THEN l.load_id = %(load)s
    ELSE l.load_id IN (SELECT max(load_id) FROM run.load WHERE published_at IS NOT NULL GROUP BY source_id)
END
ORDER BY l.load_id
