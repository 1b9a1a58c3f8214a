-- The newest finished run of risk that the viewer may see, with the cells of its matrix and what it learnt.
SELECT r.run_id, r.data_version, r.finished_at, r.parameters, r.left_out,
       (SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.likelihood_class, c.consequence_class), '[]')
        FROM (SELECT s.likelihood_class, s.consequence_class, min(s.risk_class) AS risk_class, count(*) AS segments,
                     round(sum(s.failures_a_year)::numeric, 4)::float8 AS failures_a_year,
                     round(sum(s.loss_yuan)::numeric, 2)::float8 AS loss_yuan
              FROM result.segment_risk s
              WHERE s.run_id = r.run_id AND (%(network)s::text IS NULL OR s.network = %(network)s)
              GROUP BY 1, 2) c) AS cells,
       (SELECT coalesce(jsonb_object_agg(m.network, m.details), '{}') FROM result.risk_model m
        WHERE m.run_id = r.run_id AND (%(network)s::text IS NULL OR m.network = %(network)s)) AS models
FROM run.analysis r
WHERE r.kind = 'network.risk' AND r.status = 'done' AND r.classification <= run.clearance()
  AND (%(run)s::bigint IS NULL OR r.run_id = %(run)s)
ORDER BY r.run_id DESC
LIMIT 1
