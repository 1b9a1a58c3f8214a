UPDATE run.load
SET status = 'published',
    published_at = clock_timestamp(),
    seconds = extract(epoch FROM clock_timestamp() - started_at),
    records_in = %(records_in)s,
    kept = %(kept)s,
    rejected = %(rejected)s,
    added = %(added)s,
    changed = %(changed)s,
    removed = %(removed)s,
    unchanged = %(unchanged)s,
    crs = %(crs)s,
    transformation = %(transformation)s,
    accuracy_m = %(accuracy_m)s,
    files = %(files)s,
    looked_up_at = %(looked_up_at)s,
    staged = NULL
WHERE load_id = %(load_id)s
