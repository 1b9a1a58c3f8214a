-- Pipes in use. Monitored: marked as smart, or with a sensor on them or at an end; null where neither is known at all.
WITH sensor AS MATERIALIZED (
    SELECT segment_id, node_id
    FROM (SELECT * FROM city.sensor_current WHERE classification <= run.clearance()) seen
    WHERE coalesce(state, 'in_use') = 'in_use' AND (segment_id IS NOT NULL OR node_id IS NOT NULL)
), of_segment AS MATERIALIZED (SELECT DISTINCT segment_id AS id FROM sensor WHERE segment_id IS NOT NULL),
of_node AS MATERIALIZED (SELECT DISTINCT node_id AS id FROM sensor WHERE node_id IS NOT NULL)
SELECT feature_id, network, installed_year,
       CASE WHEN smart IS NOT NULL OR EXISTS (SELECT FROM sensor)
            THEN coalesce(smart, false) OR feature_id IN (SELECT id FROM of_segment)
                 OR start_node_id IN (SELECT id FROM of_node) OR end_node_id IN (SELECT id FROM of_node)
       END AS monitored,
       ST_AsBinary(ST_Force2D(geom)) AS geom
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) seen
WHERE state = 'in_use'
ORDER BY feature_id
