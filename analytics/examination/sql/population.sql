-- The year examined, or the last count before it.
SELECT feature_id, %(year)s - year AS age_years, residents, households, children, preschoolers, toddlers, elderly,
       ST_AsBinary(geom) AS geom
FROM (SELECT * FROM city.population_current WHERE classification <= run.clearance()) seen
WHERE year = (SELECT max(year) FROM (SELECT * FROM city.population_current WHERE classification <= run.clearance()) seen WHERE year <= %(year)s)
ORDER BY feature_id
