SELECT c.slug, c.name_zh, c.name_en, c.crs, c.synthetic,
       (SELECT count(DISTINCT source_id) FROM run.load WHERE published_at IS NOT NULL) AS sources,
       (SELECT max(published_at) FROM run.load) AS loaded_at
FROM run.city c
