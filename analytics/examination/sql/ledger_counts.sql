-- How many problems the viewer may see, by state, indicator and unit.
SELECT CASE WHEN grouping(p.state) = 0 THEN 'states' WHEN grouping(p.code) = 0 THEN 'codes' ELSE 'units'
       END AS of,
       coalesce(p.state, p.code, p.unit_id::text) AS value, min(u.name) AS name,
       min(u.name_en) AS name_en, count(*) AS count
FROM result.problem p
JOIN run.analysis a ON a.run_id = p.run_id AND a.classification <= run.clearance()
LEFT JOIN (SELECT * FROM city.admin_unit_current WHERE classification <= run.clearance()) u ON u.feature_id = p.unit_id
GROUP BY GROUPING SETS ((p.state), (p.code), (p.unit_id))
ORDER BY 1, 3, 2
