-- What the newest run of each kind found of a node or segment that the viewer may see.
WITH newest AS (
  SELECT DISTINCT ON (r.kind, r.subject) r.run_id, r.kind, r.subject AS network, r.finished_at
  FROM run.analysis r
  WHERE r.kind = ANY(%(kinds)s) AND r.status = 'done' AND r.classification <= run.clearance()
  ORDER BY r.kind, r.subject, r.run_id DESC),
seen AS (
  SELECT feature_id FROM city.pipe_node_current WHERE feature_id = %(feature)s AND classification <= run.clearance()
  UNION ALL
  SELECT feature_id FROM city.pipe_segment_current WHERE feature_id = %(feature)s AND classification <= run.clearance()),
found AS (
  SELECT run_id, to_jsonb(t) - 'run_id' - 'node_id' - 'network' AS found FROM result.node_pressure t WHERE node_id = %(feature)s
  UNION ALL
  SELECT run_id, to_jsonb(t) - 'run_id' - 'segment_id' - 'network' FROM result.segment_flow t WHERE segment_id = %(feature)s
  UNION ALL
  SELECT run_id, to_jsonb(t) - 'run_id' - 'node_id' FROM result.hydrant_flow t WHERE node_id = %(feature)s
  UNION ALL
  SELECT run_id, to_jsonb(t) - 'run_id' - 'segment_id' - 'network' FROM result.pipe_closure t WHERE segment_id = %(feature)s
  UNION ALL
  SELECT run_id, to_jsonb(t) - 'run_id' - 'node_id' - 'network' FROM result.node_surcharge t WHERE node_id = %(feature)s)
SELECT n.run_id, n.kind, n.network, n.finished_at, f.found
FROM newest n
JOIN found f USING (run_id)
WHERE EXISTS (SELECT FROM seen)
ORDER BY n.kind, n.network
