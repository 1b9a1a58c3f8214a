-- A run of pressures in figures.
SELECT count(*) AS nodes, count(n.pressure_m) AS with_pressure, min(n.pressure_m) AS lowest_m,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY n.pressure_m) AS median_m, max(n.pressure_m) AS highest_m,
       sum(n.demand_m3s) AS demand_m3s, sum(n.supplied_m3s) AS supplied_m3s,
       count(*) FILTER (WHERE n.reason IS NOT NULL) AS without_number,
       count(*) FILTER (WHERE n.pressure_m < %(required)s) AS below_required,
       (SELECT max(f.velocity_m_s) FROM result.segment_flow f WHERE f.run_id = %(run)s) AS fastest_m_s
FROM result.node_pressure n
WHERE n.run_id = %(run)s
