SELECT feature_id, road_class, name, start_node_id, end_node_id, drivable, walkable, sidewalk,
       length_3d_m AS length_m, ST_AsBinary(ST_Force2D(geom)) AS geom
FROM (SELECT * FROM city.road_edge_current WHERE classification <= run.clearance()) seen
ORDER BY feature_id
