-- A page of the ledger that the viewer may see, in the order asked for; then the gravest first.
SELECT p.problem_id, p.code, p.definition, p.feature_id, f.source_key AS key, p.theme, p.unit_id, u.name AS unit,
       u.name_en AS unit_en, p.year_found, p.year_seen, p.severity, p.candidate, p.evidence, p.deadline, p.due_on,
       p.responsible, p.state, p.history, p.changed_at
FROM result.problem p
JOIN run.analysis a ON a.run_id = p.run_id AND a.classification <= run.clearance()
JOIN city.feature f ON f.feature_id = p.feature_id
LEFT JOIN (SELECT * FROM city.admin_unit_current WHERE classification <= run.clearance()) u ON u.feature_id = p.unit_id
WHERE {chosen}
ORDER BY {order} p.deadline = 'within_time' DESC, p.candidate, p.severity DESC NULLS LAST, p.problem_id
LIMIT %(limit)s OFFSET %(offset)s
