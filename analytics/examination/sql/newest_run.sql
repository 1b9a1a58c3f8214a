-- The newest finished examination, of one year or of any, by one system or by any, with one indicator or whatever it has.
SELECT run_id, subject, parameters, left_out, data_version, software_version, finished_at
FROM run.analysis_latest
WHERE kind = 'examination' AND classification <= run.clearance()
  AND (%(year)s::text IS NULL OR subject = %(year)s::text)
  AND (%(system)s::text IS NULL OR %(system)s IN (parameters ->> 'system', split_part(parameters ->> 'system', '+', 1)))
  AND (%(code)s::text IS NULL OR parameters -> 'indicators' -> %(code)s IS NOT NULL)
ORDER BY run_id DESC
LIMIT 1
