-- Problems that the viewer may see, without their words, for a map.
SELECT p.problem_id, p.feature_id, p.theme, p.code, p.severity, p.candidate, p.state
FROM result.problem p
JOIN run.analysis a ON a.run_id = p.run_id AND a.classification <= run.clearance()
WHERE {chosen}
ORDER BY p.deadline = 'within_time' DESC, p.candidate, p.severity DESC NULLS LAST, p.problem_id
LIMIT %(limit)s
