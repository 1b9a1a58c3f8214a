SELECT feature_id, kind, public, capacity, area_m2, ST_AsBinary(ST_Force2D(geom)) AS geom
FROM (SELECT * FROM city.facility_current WHERE classification <= run.clearance()) seen
ORDER BY feature_id
