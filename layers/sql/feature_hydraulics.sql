-- What the newest runs of hydraulics found of a pipe node or segment.
SELECT a.run_id, a.kind, a.finished_at, f.found
FROM (
  SELECT run_id, to_jsonb(t) AS found FROM result.node_pressure_latest t WHERE node_id = %(feature_id)s
  UNION ALL
  SELECT run_id, to_jsonb(t) FROM result.hydrant_flow_latest t WHERE node_id = %(feature_id)s
  UNION ALL
  SELECT run_id, to_jsonb(t) FROM result.node_surcharge_latest t WHERE node_id = %(feature_id)s
  UNION ALL
  SELECT run_id, to_jsonb(t) FROM result.segment_flow_latest t WHERE segment_id = %(feature_id)s
  UNION ALL
  SELECT run_id, to_jsonb(t) FROM result.pipe_closure_latest t WHERE segment_id = %(feature_id)s) f
JOIN run.analysis a USING (run_id)
ORDER BY a.run_id DESC
