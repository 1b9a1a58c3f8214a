-- The last year before one that was examined, by the same system where one was.
SELECT subject::int AS year
FROM run.analysis
WHERE kind = 'examination' AND status = 'done' AND classification <= run.clearance() AND subject::int < %(year)s
ORDER BY split_part(parameters ->> 'system', '+', 1) = %(system)s DESC, subject::int DESC
LIMIT 1
