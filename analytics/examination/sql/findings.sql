-- What a run of the examination found, by indicator and level.
SELECT i.code, i.level, count(*) AS units, min(i.standard) AS standard,
       CASE count(*) WHEN 1 THEN min(i.value) END AS only_value,
       CASE count(*) WHEN 1 THEN min(i.on_foot) END AS only_on_foot,
       CASE count(*) WHEN 1 THEN min(i.low) END AS only_low, CASE count(*) WHEN 1 THEN min(i.high) END AS only_high,
       count(*) FILTER (WHERE i.grade = 'meets') AS meets,
       count(*) FILTER (WHERE i.grade = 'near') AS near,
       count(*) FILTER (WHERE i.grade = 'short') AS short,
       count(*) FILTER (WHERE i.grade = 'not_assessable') AS not_assessable,
       array_remove(array_agg(DISTINCT i.reason), NULL) AS reasons
FROM result.indicator i
WHERE i.run_id = %(run)s
GROUP BY i.code, i.level
