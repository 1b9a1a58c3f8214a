-- Each figure of the year examined, or the last one reported before it.
SELECT DISTINCT ON (figure, unit_id) feature_id, figure, value, low, high, sample_size, unit_id,
       %(year)s - year AS age_years, NULL::bytea AS geom
FROM (SELECT * FROM city.statistic_current WHERE classification <= run.clearance()) seen
WHERE year <= %(year)s
ORDER BY figure, unit_id, year DESC, feature_id
