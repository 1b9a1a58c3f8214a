-- What runs of criticality found, one row a run.
SELECT a.run_id, a.subject AS network, a.left_out, c.parts, c.segments, c.length_m, c.customers,
       s.answered, s.bridges, s.worst, s.grades
FROM run.analysis a,
     LATERAL (SELECT count(*) AS parts, coalesce(sum(segments), 0) AS segments, coalesce(sum(length_m), 0) AS length_m,
                     coalesce(sum(customers), 0) AS customers
              FROM result.network_component WHERE run_id = a.run_id) c,
     LATERAL (SELECT count(*) AS answered, count(*) FILTER (WHERE bridge) AS bridges,
                     coalesce(max(customers_cut), 0) AS worst,
                     ARRAY[count(*) FILTER (WHERE grade = 1), count(*) FILTER (WHERE grade = 2),
                           count(*) FILTER (WHERE grade = 3), count(*) FILTER (WHERE grade = 4)] AS grades
              FROM result.segment_criticality WHERE run_id = a.run_id) s
WHERE a.run_id = ANY(%(runs)s)
ORDER BY array_position(%(runs)s, a.run_id)
