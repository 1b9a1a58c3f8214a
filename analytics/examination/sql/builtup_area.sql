-- The year examined, or the last one declared before it.
SELECT feature_id, %(year)s - year AS age_years, year, area_km2, ST_AsBinary(geom) AS geom
FROM (SELECT * FROM city.builtup_area_current WHERE classification <= run.clearance()) seen
WHERE year = (SELECT max(year) FROM (SELECT * FROM city.builtup_area_current WHERE classification <= run.clearance()) seen WHERE year <= %(year)s)
ORDER BY feature_id
