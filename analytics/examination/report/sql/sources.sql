-- The loads whose features are shown. What was refused stands in run.reject, which who reads over the web may not see.
SELECT s.name, s.kind, l.path, l.sha256, l.size_bytes, l.licence, l.attribution, l.synthetic, l.records_in,
       l.kept, l.rejected
FROM run.source s
JOIN LATERAL (
    SELECT * FROM run.load
    WHERE source_id = s.source_id AND status = 'published' AND classification <= run.clearance()
    ORDER BY load_id DESC LIMIT 1
) l ON true
WHERE NOT l.retires
ORDER BY s.name
