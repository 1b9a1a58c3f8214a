-- What was surveyed up to the end of the year examined.
SELECT feature_id, item, fault, severity, quantity, building_id, unit_id, edge_id, photo,
       attributes ->> 'photo_file' AS photo_file,
       (surveyed_on - DATE '1970-01-01')::float8 AS day, ST_AsBinary(geom) AS geom
FROM (SELECT * FROM city.survey_finding_current WHERE classification <= run.clearance()) seen
WHERE surveyed_on < make_date(%(year)s + 1, 1, 1)
ORDER BY feature_id
