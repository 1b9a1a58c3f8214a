-- Indicators that the newest examination has values of, with the titles that their run declared; one that could not be told anywhere
-- is told in the summary and makes no map.
SELECT i.code, i.level, max(i.run_id) AS run_id,
       (array_agg(a.parameters -> 'indicators' -> i.code ORDER BY a.run_id DESC))[1] AS declared
FROM result.indicator_latest i
JOIN run.analysis a USING (run_id)
WHERE i.run_id = (SELECT max(run_id) FROM run.analysis_latest WHERE kind = 'examination')
GROUP BY i.code, i.level
HAVING count(i.value) > 0
ORDER BY i.code, i.level
