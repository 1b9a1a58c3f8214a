-- The newest finished examination, of one year or of any.
SELECT run_id, subject, parameters, left_out, data_version, software_version, finished_at
FROM run.analysis_latest
WHERE kind = 'examination' AND classification <= run.clearance()
  AND (%(year)s::text IS NULL OR subject = %(year)s::text)
ORDER BY run_id DESC
LIMIT 1
