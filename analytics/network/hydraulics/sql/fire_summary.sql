-- A run of fire flow in figures.
SELECT count(*) AS hydrants, count(available_m3s) AS with_flow, count(*) FILTER (WHERE meets) AS meet,
       count(*) FILTER (WHERE NOT meets) AS fall_short, min(residual_m) AS residual_m, min(needed_m3s) AS needed_m3s,
       min(available_m3s) AS least_m3s,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY available_m3s) AS median_m3s
FROM result.hydrant_flow
WHERE run_id = %(run)s
