-- Valves in the line; drain and air valves are closed in normal service and stand beside it.
SELECT d.feature_id AS valve_id, coalesce(d.node_id, 0) AS node_id, coalesce(d.segment_id, 0) AS segment_id,
       coalesce(d.state = 'closed', false) AS closed, coalesce(d.operable, true) AS operable
FROM (SELECT * FROM city.pipe_device_current WHERE classification <= run.clearance()) d
WHERE d.network = %(network)s AND d.kind = 'valve'
