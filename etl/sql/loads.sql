SELECT l.load_id, s.name AS source, l.status, l.started_at, l.seconds, l.records_in, l.rejected, l.added, l.changed,
       l.removed, l.unchanged, l.message
FROM run.load l
JOIN run.source s USING (source_id)
ORDER BY l.load_id DESC
LIMIT %(limit)s
