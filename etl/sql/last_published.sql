SELECT load_id, sha256, parameters_hash, software_version, records_in, kept, rejected, files, retires, classification,
       looked_up_at
FROM run.load
WHERE source_id = %s AND published_at IS NOT NULL
ORDER BY load_id DESC
LIMIT 1
