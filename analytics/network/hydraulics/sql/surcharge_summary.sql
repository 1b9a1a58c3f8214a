-- A run of a storm in figures.
SELECT count(*) AS manholes, count(*) FILTER (WHERE n.state <> 'free') AS surcharged,
       count(*) FILTER (WHERE n.state = 'flooded') AS flooded, sum(n.flood_m3) AS flood_m3,
       max(n.flood_m3) AS most_m3, max(n.flood_minutes) AS longest_minutes,
       (SELECT count(DISTINCT c.feature_id) FROM result.flood_contact c
        WHERE c.run_id = %(run)s AND c.theme = 'building') AS buildings,
       (SELECT count(DISTINCT c.feature_id) FROM result.flood_contact c
        WHERE c.run_id = %(run)s AND c.theme = 'road_edge') AS streets
FROM result.node_surcharge n
WHERE n.run_id = %(run)s
