-- What lies in the trench of a pipe of a run, the nearest first, and whom it serves itself.
WITH pairs AS (
    SELECT CASE WHEN t.segment_id = %(segment)s THEN t.other_id ELSE t.segment_id END AS segment_id, t.apart_m, t.along_m
    FROM result.trench_pair t
    JOIN run.analysis r USING (run_id)
    WHERE t.run_id = %(run)s AND r.classification <= run.clearance() AND %(segment)s IN (t.segment_id, t.other_id)
)
SELECT p.segment_id, f.source_key AS key, s.network, s.material, s.diameter_mm,
       round(p.apart_m::numeric, 2)::float8 AS apart_m, round(p.along_m::numeric, 1)::float8 AS along_m,
       r.customers_cut, r.residents_cut, r.critical_cut
FROM pairs p
JOIN city.feature f ON f.feature_id = p.segment_id
JOIN city.pipe_segment_current s ON s.feature_id = p.segment_id AND s.classification <= run.clearance()
LEFT JOIN result.segment_risk r ON r.run_id = %(run)s AND r.segment_id = p.segment_id
ORDER BY p.apart_m, p.segment_id
