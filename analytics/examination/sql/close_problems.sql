UPDATE result.problem SET
    history = history || jsonb_build_object(
        'at', now(), 'by', 'examination', 'from', state, 'to', %(state)s::text, 'note', %(note)s::text,
        'year', %(year)s::int, 'run', %(run)s::bigint),
    state = %(state)s, changed_at = now()
WHERE problem_id = ANY(%(ids)s)
