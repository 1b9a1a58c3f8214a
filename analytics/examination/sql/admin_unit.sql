SELECT feature_id, level, name, name_en, residents, households, parking_spaces, ST_AsBinary(geom) AS geom
FROM city.admin_unit_current
ORDER BY feature_id
