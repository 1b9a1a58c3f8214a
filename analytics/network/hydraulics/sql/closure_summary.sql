-- A run of closures in figures.
SELECT count(*) AS pipes, count(unmet_m3s) AS with_number, count(*) FILTER (WHERE unmet_m3s > 0) AS matter,
       max(unmet_m3s) AS most_m3s, max(unmet_share) AS most_share,
       count(*) FILTER (WHERE reason IN ('no_convergence', 'unmet_above_demand')) AS failed
FROM result.pipe_closure
WHERE run_id = %(run)s
