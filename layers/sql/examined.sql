-- Indicators that the newest year's examinations have values of, each of the newest run that has it, with the titles that the run
-- declared: a city may be examined by several systems, and what one of them asks does not take the maps of another away. One that
-- could not be told anywhere is told in the summary and makes no map.
WITH runs AS (
    SELECT run_id, parameters FROM run.analysis_latest
    WHERE kind = 'examination'
      AND subject = (SELECT subject FROM run.analysis_latest WHERE kind = 'examination' ORDER BY run_id DESC LIMIT 1)
), valued AS (
    SELECT i.code, i.level, i.run_id, max(i.run_id) OVER (PARTITION BY i.code) AS newest
    FROM result.indicator i
    WHERE i.run_id IN (SELECT run_id FROM runs)
    GROUP BY i.code, i.level, i.run_id
    HAVING count(i.value) > 0
)
SELECT v.code, v.level, v.run_id, r.parameters -> 'indicators' -> v.code AS declared
FROM valued v
JOIN runs r USING (run_id)
WHERE v.run_id = v.newest
ORDER BY v.code, v.level
