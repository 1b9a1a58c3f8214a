-- Whom to name, once for each source: its newest published load.
SELECT name, text
FROM (
    SELECT DISTINCT ON (s.source_id)
           s.source_id, s.name, concat_ws(' · ', l.attribution, l.licence) AS text
    FROM run.source s
    JOIN run.load l USING (source_id)
    WHERE l.published_at IS NOT NULL AND l.classification <= %(clearance)s
    ORDER BY s.source_id, l.load_id DESC
) newest
WHERE text <> ''
ORDER BY source_id
