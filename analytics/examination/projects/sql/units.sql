SELECT feature_id, level, name, coalesce(name_en, name) AS name_en, ST_AsBinary(geom) AS geom
FROM city.admin_unit_current WHERE classification <= run.clearance()
ORDER BY feature_id
