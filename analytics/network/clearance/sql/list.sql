-- Findings of a run, the gravest first, with what people call the pipes.
WITH told AS (
    SELECT c.*
    FROM result.clearance_finding c
    JOIN run.analysis r USING (run_id)
    WHERE c.run_id = %(run)s AND r.classification <= run.clearance() AND c.number > %(after)s
      AND (%(rules)s::text[] IS NULL OR c.rule = ANY(%(rules)s))
      AND (%(verdicts)s::text[] IS NULL OR c.verdict = ANY(%(verdicts)s))
      AND (%(class)s::text IS NULL OR starts_with(c.class_a, %(class)s) OR starts_with(c.class_b, %(class)s))
      AND (%(feature)s::bigint IS NULL OR %(feature)s IN (c.feature_id, c.other_id))
      AND (NOT %(too_near)s OR c.too_near)
    ORDER BY c.number
    LIMIT %(limit)s
)
SELECT t.number, t.rule, t.verdict, t.too_near, t.feature_id, a.source_key AS key, s.network, s.road_name,
       t.other_id, t.other_kind, b.source_key AS other_key, o.network AS other_network, t.class_a, t.class_b,
       round(t.measured_m::numeric, 3)::float8 AS measured_m, t.required_m,
       round(t.tolerance_m::numeric, 3)::float8 AS tolerance_m, round(t.space_m::numeric, 3)::float8 AS space_m,
       t.clause, t.confidence, t.status,
       ST_X(p.place) AS longitude, ST_Y(p.place) AS latitude, round(ST_Z(t.geom)::numeric, 3)::float8 AS level_m
FROM told t
JOIN city.feature a ON a.feature_id = t.feature_id
LEFT JOIN city.feature b ON b.feature_id = t.other_id
LEFT JOIN city.pipe_segment_current s ON s.feature_id = t.feature_id AND s.classification <= run.clearance()
LEFT JOIN city.pipe_segment_current o ON o.feature_id = t.other_id AND o.classification <= run.clearance(),
     LATERAL (SELECT ST_Transform(ST_Force2D(t.geom), 4326) AS place) p
ORDER BY t.number
