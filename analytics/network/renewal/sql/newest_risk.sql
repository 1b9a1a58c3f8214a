-- The newest finished run of risk that the viewer may see, and how many pipes a plan would choose among.
SELECT r.run_id, r.data_version,
       (SELECT count(*) FROM result.segment_risk s
        WHERE s.run_id = r.run_id AND (%(network)s::text IS NULL OR s.network = %(network)s)) AS pipes
FROM run.analysis r
WHERE r.kind = 'network.risk' AND r.status = 'done' AND r.classification <= run.clearance()
ORDER BY r.run_id DESC
LIMIT 1
