-- Pipes of a run of risk with what their renewal depends on, by segment.
SELECT r.segment_id, r.network, p.road_name, p.material, coalesce(p.start_node_id, 0)::float8 AS start_id,
       coalesce(p.end_node_id, 0)::float8 AS end_id,
       coalesce(nullif(p.length_m, 0), ST_3DLength(p.geom))::float8 AS length_m,
       coalesce(p.diameter_mm, sqrt(p.width_mm * p.height_mm), p.outer_width_mm)::float8 AS size_mm,
       p.installed_year::float8 AS installed_year, r.road_class, r.loss_yuan::float8 AS loss_yuan,
       r.failures_a_year::float8 AS failures_a_year, r.yuan_per_failure::float8 AS yuan_per_failure, r.rule, r.rule_state
FROM result.segment_risk r
JOIN run.analysis a USING (run_id)
JOIN city.pipe_segment_current p ON p.feature_id = r.segment_id AND p.classification <= run.clearance()
WHERE r.run_id = %(run)s AND a.classification <= run.clearance()
  AND (%(network)s::text IS NULL OR r.network = %(network)s)
ORDER BY r.segment_id
