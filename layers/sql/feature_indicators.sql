-- Indicators of the newest examinations of a unit, with the titles and units that their runs declared.
SELECT DISTINCT ON (f.code)
       f.run_id, a.kind, a.finished_at, f.code, f.value, f.standard, f.grade, f.year, f.definition, f.reason,
       a.parameters -> 'indicators' -> f.code AS declared
FROM result.indicator_latest f
JOIN run.analysis a USING (run_id)
-- What was computed the way of another year stands in comparisons alone.
WHERE f.unit_id = %(feature_id)s AND a.kind = 'examination'
ORDER BY f.code, f.run_id DESC
