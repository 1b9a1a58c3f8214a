-- Pipes of works that are not kept: which, of what, how old, and where their middle lies.
SELECT w.number, array_agg(w.segment_id ORDER BY w.segment_id) AS segment_ids,
       array_agg(DISTINCT c.material ORDER BY c.material) FILTER (WHERE c.material IS NOT NULL) AS materials,
       min(c.installed_year) || CASE WHEN min(c.installed_year) < max(c.installed_year)
                                     THEN '–' || max(c.installed_year) ELSE '' END AS installed,
       ST_X(ST_Transform(ST_Centroid(ST_Collect(ST_Force2D(c.geom))), 4326)) AS longitude,
       ST_Y(ST_Transform(ST_Centroid(ST_Collect(ST_Force2D(c.geom))), 4326)) AS latitude
FROM unnest(%(segments)s::bigint[], %(numbers)s::bigint[]) AS w (segment_id, number)
LEFT JOIN city.pipe_segment_current c ON c.feature_id = w.segment_id AND c.classification <= run.clearance()
GROUP BY w.number
ORDER BY w.number
