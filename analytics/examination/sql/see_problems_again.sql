UPDATE result.problem p SET
    run_id = %(run)s, year_seen = greatest(p.year_seen, %(year)s), year_judged = greatest(p.year_judged, %(year)s),
    candidate = s.candidate,
    severity = coalesce(s.severity, p.severity), evidence = s.evidence, unit_id = coalesce(s.unit_id, p.unit_id),
    history = CASE WHEN s.back THEN p.history || jsonb_build_object(
        'at', now(), 'by', 'examination', 'from', p.state, 'to', 'reopened', 'note', %(note)s::text,
        'year', %(year)s::int, 'run', %(run)s::bigint) ELSE p.history END,
    changed_at = CASE WHEN s.back THEN now() ELSE p.changed_at END,
    state = CASE WHEN s.back THEN 'reopened' ELSE p.state END
FROM seen_again s
WHERE s.problem_id = p.problem_id
