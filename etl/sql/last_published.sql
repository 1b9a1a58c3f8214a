SELECT load_id, sha256, parameters_hash, records_in, kept, rejected
FROM run.load
WHERE source_id = %s AND published_at IS NOT NULL
ORDER BY load_id DESC
LIMIT 1
