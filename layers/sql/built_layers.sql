-- Layers that were built, with their size.
SELECT b.layer, b.kind, b.data_version, b.built_at,
       coalesce((b.details ->> 'features')::bigint, 0) AS features,
       CASE b.kind WHEN 'tiles3d' THEN (SELECT count(*) FROM layer.tile3d t WHERE t.layer = b.layer)
                   ELSE (SELECT count(*) FROM layer.terrain_tile) END AS tiles,
       CASE b.kind WHEN 'tiles3d' THEN (SELECT sum(octet_length(t.content)) FROM layer.tile3d t WHERE t.layer = b.layer)
                   ELSE (SELECT sum(octet_length(content)) FROM layer.terrain_tile) END AS bytes
FROM layer.build b
ORDER BY b.layer
