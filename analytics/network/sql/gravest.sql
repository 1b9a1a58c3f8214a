-- The segments whose failure costs most.
SELECT r.network, r.segment_id, f.source_key, s.road_name, s.diameter_mm, s.material, r.bridge,
       r.customers_cut, r.residents_cut, r.critical_cut, r.nodes_cut, r.grade
FROM result.segment_criticality r
JOIN city.feature f ON f.feature_id = r.segment_id
LEFT JOIN (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s ON s.feature_id = r.segment_id
WHERE r.run_id = ANY(%(runs)s) AND r.nodes_cut > 0
ORDER BY r.customers_cut DESC, r.critical_cut DESC, r.nodes_cut DESC, r.segment_id
LIMIT %(count)s
