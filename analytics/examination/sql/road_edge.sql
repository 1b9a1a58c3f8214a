SELECT feature_id, road_class, ST_AsBinary(ST_Force2D(geom)) AS geom
FROM (SELECT * FROM city.road_edge_current WHERE classification <= run.clearance()) seen
ORDER BY feature_id
