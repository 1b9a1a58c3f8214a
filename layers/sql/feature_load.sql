-- The load that opened a version; its licence is the source's last word, which holds for unchanged features, too.
SELECT l.load_id, l.published_at, l.path, nullif(coalesce(s.licence, l.licence), '') AS licence,
       nullif(coalesce(s.attribution, l.attribution), '') AS attribution, l.classification, l.synthetic
FROM run.load l
JOIN run.source s USING (source_id)
WHERE l.load_id = %(load_id)s
