-- How many gas pipes meet at each of some nodes.
SELECT n.node_id, count(*) AS pipes
FROM (SELECT unnest(%(nodes)s::bigint[]) AS node_id) n
JOIN city.pipe_segment_current s ON s.start_node_id = n.node_id OR s.end_node_id = n.node_id
WHERE s.network = 'gas'
GROUP BY n.node_id
