-- What the newest runs of clearance, of renewal and of storms found of a feature.
SELECT a.run_id, a.kind, a.finished_at, f.found
FROM (
  SELECT c.run_id, jsonb_build_object('clearance_violations', count(*) FILTER (WHERE c.verdict = 'violation'),
                                      'clearance_suspected', count(*) FILTER (WHERE c.verdict = 'suspected')) AS found
  FROM result.clearance_finding_latest c
  WHERE c.feature_id = %(feature_id)s OR c.other_id = %(feature_id)s
  GROUP BY c.run_id
  UNION ALL
  SELECT * FROM (
    SELECT s.run_id, jsonb_build_object('renewal_work', w.number, 'renewal_year', w.year, 'renewal_forced', w.forced)
    FROM result.renewal_segment_latest s
    JOIN result.renewal_work_latest w USING (run_id, number)
    WHERE s.segment_id = %(feature_id)s
    ORDER BY s.run_id DESC LIMIT 1) newest
  UNION ALL
  SELECT o.run_id, jsonb_build_object('flood_distance_m', min(o.distance_m), 'flood_manholes', count(*))
  FROM result.flood_contact_latest o
  WHERE o.feature_id = %(feature_id)s
  GROUP BY o.run_id) f
JOIN run.analysis a USING (run_id)
ORDER BY a.run_id DESC
