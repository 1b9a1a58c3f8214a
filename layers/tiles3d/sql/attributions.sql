-- Who is to be named for the current features of a theme.
SELECT DISTINCT l.attribution
FROM run.load l
WHERE l.attribution <> '' AND l.load_id IN (SELECT load_id FROM {view})
