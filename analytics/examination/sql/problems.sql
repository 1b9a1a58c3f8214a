-- Problems of the ledger that the viewer may see, the gravest first: what is to be solved in time, then by severity.
SELECT p.problem_id, p.code, p.definition, p.feature_id, f.source_key AS key, p.theme, p.unit_id, u.name AS unit,
       p.year_found, p.year_seen, p.year_judged, p.severity, p.candidate, p.evidence, p.deadline, p.due_on, p.responsible, p.state,
       p.history, p.changed_at, p.run_id
FROM result.problem p
JOIN run.analysis a ON a.run_id = p.run_id AND a.classification <= run.clearance()
JOIN city.feature f ON f.feature_id = p.feature_id
LEFT JOIN (SELECT * FROM city.admin_unit_current WHERE classification <= run.clearance()) u ON u.feature_id = p.unit_id
WHERE (%(code)s::text IS NULL OR p.code = %(code)s)
  AND (%(states)s::text[] IS NULL OR p.state = ANY(%(states)s))
  AND (%(unit)s::bigint IS NULL OR p.unit_id = %(unit)s)
  AND (%(id)s::bigint IS NULL OR p.problem_id = %(id)s)
ORDER BY p.deadline = 'within_time' DESC, p.candidate, p.severity DESC NULLS LAST, p.problem_id
LIMIT %(limit)s
