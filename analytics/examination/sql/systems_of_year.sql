-- Systems by which a year was examined, each by its newest run.
SELECT parameters ->> 'system' AS system, run_id, finished_at
FROM run.analysis_latest
WHERE kind = 'examination' AND subject = %(year)s AND classification <= run.clearance()
ORDER BY run_id DESC
