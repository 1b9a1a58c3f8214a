-- The newest run that computed one examination the way of another.
SELECT run_id, parameters
FROM run.analysis_latest
WHERE kind = 'examination.old_way' AND classification <= run.clearance()
  AND (parameters ->> 'then_run')::bigint = %(then)s AND (parameters ->> 'now_run')::bigint = %(now)s
ORDER BY run_id DESC
LIMIT 1
