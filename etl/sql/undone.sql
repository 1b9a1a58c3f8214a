-- The newest load that was undone since the one that stands, if it is of the very same file and parameters.
SELECT load_id, records_in, kept, rejected
FROM run.load
WHERE source_id = %(source)s AND status = 'undone' AND load_id > %(after)s
  AND sha256 = %(sha256)s AND parameters_hash = %(parameters_hash)s
ORDER BY load_id DESC
LIMIT 1
