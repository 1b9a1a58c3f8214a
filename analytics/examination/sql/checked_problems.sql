-- What became, by the examination of a year, of problems that were said to be done or closed before it.
WITH looked AS (
    SELECT p.*, h.becomes
    FROM result.problem p
    JOIN run.analysis a ON a.run_id = p.run_id AND a.classification <= run.clearance()
    LEFT JOIN LATERAL (
        SELECT e ->> 'to' AS becomes
        FROM jsonb_array_elements(p.history) WITH ORDINALITY t(e, place)
        WHERE e ->> 'by' = 'examination' AND (e ->> 'year')::int = %(year)s
        ORDER BY place DESC LIMIT 1
    ) h ON true
    WHERE p.year_found < %(year)s
), told AS (
    SELECT *, CASE WHEN becomes = 'reopened' THEN 'found_again'
                   WHEN becomes = 'closed' THEN 'closed'
                   WHEN state = 'closed' AND year_judged >= %(year)s THEN 'still_gone'
                   ELSE 'not_judged' END AS outcome
    FROM looked
    WHERE becomes IN ('reopened', 'closed') OR state IN ('done', 'closed')
)
SELECT t.problem_id, t.code, t.feature_id, f.source_key AS key, t.theme, t.unit_id, u.name AS unit, t.state,
       t.responsible, t.year_found, t.year_seen, t.year_judged, t.outcome
FROM told t
JOIN city.feature f ON f.feature_id = t.feature_id
LEFT JOIN (SELECT * FROM city.admin_unit_current WHERE classification <= run.clearance()) u ON u.feature_id = t.unit_id
ORDER BY array_position(ARRAY['found_again', 'not_judged', 'closed', 'still_gone'], t.outcome), t.code, t.problem_id
