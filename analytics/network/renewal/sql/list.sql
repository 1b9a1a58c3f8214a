-- Works of a plan, the first to be built first, with their pipes and where they lie.
WITH works AS (
    SELECT w.*
    FROM result.renewal_work w
    JOIN run.analysis r USING (run_id)
    WHERE w.run_id = %(run)s AND r.classification <= run.clearance() AND w.number > %(after)s
    ORDER BY w.number
    LIMIT %(limit)s
)
SELECT w.number, w.network, w.road_name, w.year, w.segments, w.length_m, w.cost_yuan, w.removed_yuan,
       w.removed_yuan / w.cost_yuan AS removed_per_yuan, w.failures_a_year, w.forced, p.segment_ids, p.materials,
       p.installed, ST_X(p.place) AS longitude, ST_Y(p.place) AS latitude
FROM works w,
     LATERAL (SELECT array_agg(s.segment_id ORDER BY s.segment_id) AS segment_ids,
                     array_agg(DISTINCT c.material ORDER BY c.material) FILTER (WHERE c.material IS NOT NULL) AS materials,
                     min(c.installed_year) || CASE WHEN min(c.installed_year) < max(c.installed_year)
                                                   THEN '–' || max(c.installed_year) ELSE '' END AS installed,
                     ST_Transform(ST_Centroid(ST_Collect(ST_Force2D(c.geom))), 4326) AS place
              FROM result.renewal_segment s
              LEFT JOIN city.pipe_segment_current c
                     ON c.feature_id = s.segment_id AND c.classification <= run.clearance()
              WHERE s.run_id = w.run_id AND s.number = w.number) p
ORDER BY w.number
