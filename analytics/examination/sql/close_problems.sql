UPDATE result.problem SET
    history = history || jsonb_build_object(
        'at', now(), 'by', 'examination', 'from', state, 'to', 'closed', 'note', %(note)s::text),
    state = 'closed', changed_at = now()
WHERE problem_id = ANY(%(ids)s)
