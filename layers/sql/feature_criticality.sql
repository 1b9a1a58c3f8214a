-- What the newest analysis found of a pipe segment's failure.
SELECT f.run_id, a.kind, a.finished_at, f.grade, f.bridge, f.component, f.nodes_cut, f.customers_cut, f.residents_cut,
       f.critical_cut
FROM result.segment_criticality_latest f
JOIN run.analysis a USING (run_id)
WHERE f.segment_id = %(feature_id)s
ORDER BY f.run_id DESC
LIMIT 1
