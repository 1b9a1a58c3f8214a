-- Examinations that stand, the newest run first: of a year and system the newest, whatever a city's own changes to it.
SELECT * FROM (
    SELECT DISTINCT ON (subject, split_part(parameters ->> 'system', '+', 1))
           subject::int AS year, parameters ->> 'system' AS system, (parameters ->> 'system_year')::int AS system_year,
           parameters ->> 'title_zh' AS title_zh, parameters ->> 'title_en' AS title_en,
           coalesce((parameters ->> 'provisional')::boolean, false) AS provisional, run_id, finished_at
    FROM run.analysis_latest
    WHERE kind = 'examination' AND classification <= run.clearance()
    ORDER BY subject, split_part(parameters ->> 'system', '+', 1), run_id DESC) newest
ORDER BY run_id DESC
