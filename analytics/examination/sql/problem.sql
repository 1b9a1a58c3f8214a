-- The ledger: problems found before the year examined, each at a point of the thing that has it.
SELECT p.problem_id AS feature_id, p.state, p.deadline, p.candidate, %(year)s - p.year_found AS age_years,
       ST_AsBinary(ST_PointOnSurface(u.geom)) AS geom
FROM result.problem p
JOIN (SELECT * FROM city.admin_unit_current WHERE classification <= run.clearance()) u ON u.feature_id = p.unit_id
WHERE p.year_found < %(year)s
ORDER BY p.problem_id
