SELECT feature_id, road_class, ST_AsBinary(ST_Force2D(geom)) AS geom
FROM city.road_edge_current
ORDER BY feature_id
