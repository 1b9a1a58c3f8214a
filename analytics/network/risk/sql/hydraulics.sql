-- What hydraulic models told of each segment: demand not met while it is shut, and what floods at its ends.
WITH visible AS (
    SELECT run_id FROM run.analysis_latest WHERE classification <= run.clearance()
), flooding AS (
    SELECT n.node_id, max(n.flood_m3) AS flood_m3
    FROM result.node_surcharge n JOIN visible USING (run_id) WHERE n.flood_m3 > 0 GROUP BY 1
)
SELECT s.feature_id AS segment_id, c.unmet_m3s::float8 AS unmet_m3s,
       greatest(a.flood_m3, b.flood_m3)::float8 AS flood_m3
FROM city.pipe_segment_current s
LEFT JOIN (SELECT p.segment_id, max(p.unmet_m3s) AS unmet_m3s
           FROM result.pipe_closure p JOIN visible USING (run_id) GROUP BY 1) c ON c.segment_id = s.feature_id
LEFT JOIN flooding a ON a.node_id = s.start_node_id
LEFT JOIN flooding b ON b.node_id = s.end_node_id
WHERE s.classification <= run.clearance() AND coalesce(c.unmet_m3s, a.flood_m3, b.flood_m3) IS NOT NULL
ORDER BY s.feature_id
