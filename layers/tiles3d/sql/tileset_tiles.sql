-- Tiles of one tileset document below a tile, parents before children. Of a tree of more than `most` tiles the document
-- holds some levels only: a tile that is `cut` has its content and its children in a document of its own.
WITH whole AS (
    SELECT count(*) > %(most)s AS large
    FROM layer.tile3d
    WHERE layer = %(layer)s
)
SELECT t.key, t.parent, t.depth, t.geometric_error_m, t.region, t.content IS NOT NULL AS shown, t.revision,
       whole.large AND t.depth = top.depth + %(levels)s
       AND EXISTS (SELECT FROM layer.tile3d c WHERE c.layer = t.layer AND c.parent = t.key) AS cut
FROM whole, layer.tile3d top
JOIN layer.build b USING (layer)
JOIN layer.tile3d t ON t.layer = top.layer AND starts_with(t.key, top.key)
WHERE top.layer = %(layer)s AND top.key = %(key)s
  AND (NOT whole.large OR t.depth <= top.depth + %(levels)s)
  AND coalesce((b.details ->> 'clearance')::smallint, 0) <= run.clearance()
ORDER BY t.depth, t.key
