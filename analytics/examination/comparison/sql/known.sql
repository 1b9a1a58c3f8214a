-- Years that were examined, and by which system.
SELECT DISTINCT subject, parameters ->> 'system' AS system
FROM run.analysis
WHERE kind = 'examination' AND status = 'done' AND classification <= run.clearance()
ORDER BY 1, 2
