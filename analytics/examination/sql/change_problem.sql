UPDATE result.problem SET
    state = %(state)s, responsible = coalesce(%(responsible)s, responsible), due_on = coalesce(%(due_on)s, due_on),
    history = history || jsonb_strip_nulls(jsonb_build_object(
        'at', now(), 'by', %(by)s::text, 'from', state, 'to', %(state)s::text, 'note', nullif(%(note)s::text, ''),
        'responsible', %(responsible)s::text, 'due_on', %(due_on)s::date)),
    changed_at = now()
WHERE problem_id = %(id)s AND state = %(from)s
