-- The terrain that was built from this very data.
SELECT (details ->> 'tiles')::int AS tiles,
       (details ->> 'size_bytes')::bigint AS size_bytes,
       (details ->> 'maxzoom')::int AS maxzoom
FROM layer.build
WHERE layer = 'terrain' AND data_version = %(version)s AND parameters_hash = %(digest)s
