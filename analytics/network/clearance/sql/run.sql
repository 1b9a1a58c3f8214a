-- The newest finished run of clearance that the viewer may see, with its counts.
SELECT r.run_id, r.data_version, r.finished_at, r.parameters, r.left_out,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('rule', t.rule, 'verdict', t.verdict, 'too_near', t.too_near,
                                                     'pairs', t.pairs) ORDER BY t.rule, t.verdict, t.too_near), '[]')
        FROM result.clearance_tally t WHERE t.run_id = r.run_id) AS tally
FROM run.analysis r
WHERE r.kind = 'network.clearance' AND r.status = 'done' AND r.classification <= run.clearance()
  AND (%(run)s::bigint IS NULL OR r.run_id = %(run)s)
ORDER BY r.run_id DESC
LIMIT 1
