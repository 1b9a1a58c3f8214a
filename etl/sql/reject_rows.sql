SELECT r.reject_id, r.load_id, l.source_id, s.name AS source, r.severity, r.file, r.record, r.theme, r.source_key, r.code,
       r.reason, r.reason_zh, r.remedy, r.original, r.original_is_row, r.place_x, r.place_y
FROM run.reject r
JOIN run.load l USING (load_id)
JOIN run.source s USING (source_id)
WHERE CASE
    WHEN %(load)s::bigint IS NOT NULL THEN l.load_id = %(load)s
    ELSE l.load_id IN (SELECT max(load_id) FROM run.load WHERE published_at IS NOT NULL GROUP BY source_id)
END
  AND (%(source)s::text IS NULL OR s.name = %(source)s)
  AND (%(code)s::text IS NULL OR r.code = %(code)s)
ORDER BY s.name, r.severity, r.code, r.reject_id
