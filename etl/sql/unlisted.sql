-- Sources whose features are shown though the manifest no longer names them.
SELECT DISTINCT ON (s.source_id) s.name, l.load_id, l.retires
FROM run.source s
JOIN run.load l USING (source_id)
WHERE l.published_at IS NOT NULL AND s.name <> ALL(%(listed)s)
ORDER BY s.source_id, l.load_id DESC
