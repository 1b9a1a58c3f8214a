-- The newest finished run of each kind and network of hydraulics that the viewer may see, or the runs that are named.
SELECT DISTINCT ON (r.kind, r.subject) r.run_id, r.kind, r.subject AS network, r.parameters, r.data_version, r.finished_at,
       r.seconds, r.left_out
FROM run.analysis r
WHERE r.kind = ANY(%(kinds)s) AND r.status = 'done' AND r.classification <= run.clearance()
  AND (%(runs)s::bigint[] IS NULL OR r.run_id = ANY(%(runs)s))
  AND (%(network)s::text IS NULL OR r.subject = %(network)s)
ORDER BY r.kind, r.subject, r.run_id DESC
