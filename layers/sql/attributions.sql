-- Whom to name, each once, for the newest published load of every source.
SELECT string_agg(name, ', ' ORDER BY source_id) AS name, text
FROM (
    SELECT DISTINCT ON (s.source_id)
           s.source_id, s.name, concat_ws(' · ', l.attribution, l.licence) AS text, l.retires
    FROM run.source s
    JOIN run.load l USING (source_id)
    WHERE l.published_at IS NOT NULL AND l.classification <= %(clearance)s
    ORDER BY s.source_id, l.load_id DESC
) newest
WHERE text <> '' AND NOT retires
GROUP BY text
ORDER BY min(source_id)
