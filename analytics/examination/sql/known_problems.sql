-- Problems of some indicators in the ledger, with the clearance of the run that found them last.
SELECT p.problem_id, p.code, p.feature_id, p.state, p.year_seen, p.candidate AS suspected, a.classification
FROM result.problem p
JOIN run.analysis a USING (run_id)
WHERE p.code = ANY(%(codes)s)
