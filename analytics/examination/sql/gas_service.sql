-- Buildings with gas, and the year of the oldest gas pipe at the node that serves them.
WITH pipe AS MATERIALIZED (
    SELECT start_node_id, end_node_id, installed_year
    FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) seen
    WHERE network = 'gas' AND state = 'in_use'
), year_of_node AS MATERIALIZED (
    SELECT node_id, min(installed_year) AS oldest_year
    FROM (SELECT start_node_id AS node_id, installed_year FROM pipe
          UNION ALL SELECT end_node_id, installed_year FROM pipe) ends
    GROUP BY node_id
)
SELECT s.building_id AS feature_id, min(y.oldest_year) AS oldest_year, NULL::bytea AS geom
FROM (SELECT * FROM city.service_connection_current WHERE classification <= run.clearance()) s
LEFT JOIN year_of_node y USING (node_id)
WHERE s.network = 'gas' AND s.building_id IS NOT NULL
GROUP BY s.building_id
ORDER BY s.building_id
