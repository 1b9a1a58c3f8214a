-- The newest finished plan that the viewer may see.
SELECT r.run_id, r.data_version, r.finished_at, r.parameters, r.left_out
FROM run.analysis r
WHERE r.kind = 'network.plan' AND r.status = 'done' AND r.classification <= run.clearance()
  AND (%(run)s::bigint IS NULL OR r.run_id = %(run)s)
ORDER BY r.run_id DESC
LIMIT 1
