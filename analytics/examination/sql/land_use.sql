SELECT feature_id, use_code, ST_AsBinary(geom) AS geom
FROM city.land_use_current
ORDER BY feature_id
