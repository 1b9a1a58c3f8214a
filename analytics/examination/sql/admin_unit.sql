SELECT feature_id, level, name, name_en, residents, households, parking_spaces, ST_AsBinary(geom) AS geom
FROM (SELECT * FROM city.admin_unit_current WHERE classification <= run.clearance()) seen
ORDER BY feature_id
