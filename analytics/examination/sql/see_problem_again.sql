UPDATE result.problem SET
    run_id = %(run)s, year_seen = greatest(year_seen, %(year)s), candidate = %(candidate)s,
    severity = coalesce(%(severity)s, severity), evidence = %(evidence)s::jsonb, unit_id = coalesce(%(unit)s, unit_id),
    history = CASE WHEN %(back)s THEN history || jsonb_build_object(
        'at', now(), 'by', 'examination', 'from', state, 'to', 'reopened', 'note', %(note)s::text) ELSE history END,
    changed_at = CASE WHEN %(back)s THEN now() ELSE changed_at END,
    state = CASE WHEN %(back)s THEN 'reopened' ELSE state END
WHERE problem_id = %(problem_id)s
