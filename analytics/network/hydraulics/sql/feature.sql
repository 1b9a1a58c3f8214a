-- What the newest run of each kind, of those that the viewer may see, found of a node or segment.
WITH newest AS (
  SELECT DISTINCT ON (r.kind, r.subject) r.run_id, r.kind, r.subject AS network, r.finished_at
  FROM run.analysis r
  WHERE r.kind = ANY(%(kinds)s) AND r.status = 'done' AND r.classification <= run.clearance()
  ORDER BY r.kind, r.subject, r.run_id DESC),
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
ORDER BY n.kind, n.network
