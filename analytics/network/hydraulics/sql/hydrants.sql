-- Nodes of a network on which a hydrant stands.
SELECT n.feature_id AS node_id
FROM (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) n
WHERE n.network = %(network)s AND n.state = 'in_use'
  AND (n.kind = 'hydrant' OR n.feature_id IN (
        SELECT d.node_id FROM city.pipe_device_current d
        WHERE d.kind = 'hydrant' AND d.network = %(network)s AND d.classification <= run.clearance()))
ORDER BY 1
