-- The newest load that was undone since the one that stands, if it is of the very same file and parameters; none where
-- mended records were offered, or taken back, since: these make another load of it.
SELECT load_id, records_in, kept, rejected
FROM run.load l
WHERE NOT EXISTS (
    SELECT FROM run.repair p
    WHERE p.source_id = l.source_id AND greatest(p.offered_at, p.withdrawn_at) > (
        SELECT max(a.at) FROM run.audit a WHERE a.action = 'undo' AND (a.details ->> 'load_id')::bigint = l.load_id
    )
)
  AND source_id = %(source)s AND status = 'undone' AND load_id > %(after)s
  AND sha256 = %(sha256)s AND parameters_hash = %(parameters_hash)s
ORDER BY load_id DESC
LIMIT 1
