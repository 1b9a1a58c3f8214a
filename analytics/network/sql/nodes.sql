-- Nodes of a network, and nodes of others that its segments end at: there a gravity network hands over what it carries.
SELECT n.feature_id AS node_id,
       coalesce(ST_X(n.geom), 0) AS east_m,
       coalesce(ST_Y(n.geom), 0) AS north_m,
       coalesce(n.is_source, false) AS source,
       coalesce(n.is_sink, false) OR n.network <> %(network)s AS sink
FROM (SELECT * FROM city.pipe_node_current WHERE classification <= run.clearance()) n
WHERE (n.network = %(network)s AND n.state = 'in_use')
   OR n.feature_id IN (
        SELECT unnest(ARRAY[s.start_node_id, s.end_node_id]) FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s WHERE s.network = %(network)s)
