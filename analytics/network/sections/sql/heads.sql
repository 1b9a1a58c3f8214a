-- Heads of nodes by the newest run of hydraulics of their network that the viewer may see.
WITH newest AS (
  SELECT r.run_id, r.kind, r.finished_at
  FROM run.analysis r
  WHERE r.kind IN ('network.pressure', 'network.surcharge') AND r.subject = %(network)s AND r.status = 'done'
    AND r.classification <= run.clearance()
  ORDER BY r.run_id DESC
  LIMIT 1)
SELECT f.node_id, f.head_m, n.run_id, n.kind, n.finished_at
FROM newest n
JOIN LATERAL (
  SELECT p.node_id, p.head_m FROM result.node_pressure p WHERE p.run_id = n.run_id AND p.node_id = ANY(%(nodes)s)
  UNION ALL
  SELECT s.node_id, s.head_m FROM result.node_surcharge s WHERE s.run_id = n.run_id AND s.node_id = ANY(%(nodes)s)) f ON true
