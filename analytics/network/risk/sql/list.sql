-- Pipes of a run, the largest expected loss first. What a viewer may not see of the pipe itself is not told of it.
WITH chosen AS (
    SELECT s.*
    FROM result.segment_risk s
    JOIN run.analysis r USING (run_id)
    WHERE s.run_id = %(run)s AND r.classification <= run.clearance() AND s.rank > %(after)s
      AND (%(network)s::text IS NULL OR s.network = %(network)s)
      AND (%(likelihood)s::int IS NULL OR s.likelihood_class = %(likelihood)s)
      AND (%(consequence)s::int IS NULL OR s.consequence_class = %(consequence)s)
      AND (%(risk_class)s::int IS NULL OR s.risk_class = %(risk_class)s)
      AND (%(rule_state)s::text IS NULL OR s.rule_state = %(rule_state)s)
      AND (%(segment)s::bigint IS NULL OR s.segment_id = %(segment)s)
    ORDER BY s.rank
    LIMIT %(limit)s
)
SELECT c.rank, c.rank_low, c.rank_high, c.segment_id, f.source_key AS key, c.network, p.road_name, p.material,
       p.diameter_mm, p.installed_year, round(p.length_m::numeric, 2)::float8 AS length_m, c.basis, c.breaks,
       c.failures_per_100km, c.failures_low, c.failures_high, c.failures_a_year, c.repair_index, c.maintenance_index,
       c.customers_cut, c.residents_cut, c.critical_cut, c.buildings, c.companions, c.road_class,
       c.repair_yuan, c.supply_yuan, c.critical_yuan, c.road_yuan, c.buildings_yuan, c.companions_yuan,
       c.hydraulics_yuan, c.yuan_per_failure, c.loss_yuan, c.loss_low_yuan, c.loss_high_yuan,
       c.likelihood_class, c.consequence_class, c.risk_class, c.reasons, c.rule, c.rule_state,
       ST_X(g.place) AS longitude, ST_Y(g.place) AS latitude
FROM chosen c
JOIN city.feature f ON f.feature_id = c.segment_id
LEFT JOIN city.pipe_segment_current p ON p.feature_id = c.segment_id AND p.classification <= run.clearance()
LEFT JOIN LATERAL (
    SELECT ST_Transform(ST_LineInterpolatePoint(ST_Force2D(p.geom), 0.5), 4326) AS place
) g ON true
ORDER BY c.rank
