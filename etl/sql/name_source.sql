-- A source's licence is what its newest published load was told, for all its features: those that are unchanged, too.
UPDATE run.source s
SET licence = coalesce(l.licence, ''), attribution = coalesce(l.attribution, '')
FROM run.load l
WHERE s.source_id = %(source)s
  AND l.load_id = (SELECT max(load_id) FROM run.load WHERE source_id = %(source)s AND published_at IS NOT NULL)
  AND (s.licence, s.attribution) IS DISTINCT FROM (coalesce(l.licence, ''), coalesce(l.attribution, ''))
