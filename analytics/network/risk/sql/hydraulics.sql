-- What hydraulic models told of each segment: demand not met while it is shut, what floods at the worse of its ends,
-- and how many buildings and residents the flood reaches there.
WITH visible AS (
    SELECT run_id FROM run.analysis_latest WHERE classification <= run.clearance()
), flooding AS (
    SELECT n.node_id, max(n.flood_m3) AS flood_m3
    FROM result.node_surcharge n JOIN visible USING (run_id) WHERE n.flood_m3 > 0 GROUP BY 1
), reached AS (
    -- A building that the storms of several runs reach from a manhole counts once.
    SELECT e.node_id, count(*) AS buildings, sum(e.residents) AS residents
    FROM (SELECT DISTINCT c.node_id, c.feature_id, b.residents
          FROM result.flood_contact c
          JOIN visible USING (run_id)
          JOIN city.building_current b ON b.feature_id = c.feature_id AND b.classification <= run.clearance()
          WHERE c.theme = 'building') e
    GROUP BY 1
), wet AS (
    SELECT f.node_id, f.flood_m3, r.buildings, r.residents FROM flooding f LEFT JOIN reached r USING (node_id)
)
SELECT s.feature_id AS segment_id, c.unmet_m3s::float8 AS unmet_m3s,
       greatest(a.flood_m3, b.flood_m3)::float8 AS flood_m3,
       greatest(a.buildings, b.buildings)::float8 AS flood_buildings,
       greatest(a.residents, b.residents)::float8 AS flood_residents
FROM city.pipe_segment_current s
LEFT JOIN (SELECT p.segment_id, max(p.unmet_m3s) AS unmet_m3s
           FROM result.pipe_closure p JOIN visible USING (run_id) GROUP BY 1) c ON c.segment_id = s.feature_id
LEFT JOIN wet a ON a.node_id = s.start_node_id
LEFT JOIN wet b ON b.node_id = s.end_node_id
WHERE s.classification <= run.clearance() AND coalesce(c.unmet_m3s, a.flood_m3, b.flood_m3) IS NOT NULL
ORDER BY s.feature_id
