-- Nodes of a network under pressure. A model's own elevation, and the ground of a survey, stand in ground_level_m where
-- it is known; else the height of the node itself counts.
SELECT n.feature_id AS node_id, n.kind, s.kind = 'epanet' AS modelled, n.base_demand_m3s, n.attributes,
       coalesce(n.ground_level_m, ST_Z(n.geom)) AS level_m, n.ground_level_m IS NOT NULL AS ground_known
FROM (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) n
JOIN city.feature f USING (feature_id)
JOIN run.source s USING (source_id)
WHERE n.feature_id = ANY(%(nodes)s)
ORDER BY n.feature_id
