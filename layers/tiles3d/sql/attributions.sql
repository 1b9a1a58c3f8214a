-- Who is to be named for the current features of a theme.
SELECT DISTINCT coalesce(s.attribution, l.attribution)
FROM run.load l
JOIN run.source s USING (source_id)
WHERE coalesce(s.attribution, l.attribution) <> '' AND l.load_id IN (SELECT load_id FROM {view})
