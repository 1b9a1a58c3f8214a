-- Themes that hold made-up data.
SELECT DISTINCT e.theme
FROM run.load_extent e
JOIN run.load l USING (load_id)
WHERE l.published_at IS NOT NULL AND l.synthetic
