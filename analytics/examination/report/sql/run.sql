-- A finished examination: by its number, or the newest of a year and, where one is named, of a system.
SELECT run_id, parameters, left_out, software_version, finished_at
FROM run.analysis
WHERE kind = 'examination' AND status = 'done' AND classification <= run.clearance()
  AND (%(run)s::bigint IS NULL OR run_id = %(run)s)
  AND (%(year)s::text IS NULL OR subject = %(year)s::text)
  AND (%(system)s::text IS NULL OR %(system)s IN (parameters ->> 'system', split_part(parameters ->> 'system', '+', 1)))
ORDER BY run_id DESC
LIMIT 1
