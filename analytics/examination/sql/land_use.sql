SELECT feature_id, use_code, ST_AsBinary(geom) AS geom
FROM (SELECT * FROM city.land_use_current WHERE classification <= run.clearance()) seen
ORDER BY feature_id
