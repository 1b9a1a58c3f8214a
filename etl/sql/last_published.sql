SELECT load_id, sha256, parameters_hash, software_version, records_in, kept, rejected, files, retires, classification,
       looked_up_at, EXISTS (
           SELECT FROM run.repair p
           WHERE p.source_id = l.source_id AND greatest(p.offered_at, p.withdrawn_at) > l.started_at
       ) AS mended_since
FROM run.load l
WHERE source_id = %s AND published_at IS NOT NULL
ORDER BY load_id DESC
LIMIT 1
