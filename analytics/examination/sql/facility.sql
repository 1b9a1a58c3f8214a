SELECT feature_id, kind, public, capacity, area_m2, ST_AsBinary(ST_Force2D(geom)) AS geom
FROM city.facility_current
ORDER BY feature_id
