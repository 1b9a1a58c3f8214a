-- Content of a tile, for those who may see what its layer was built of.
SELECT t.content
FROM layer.tile3d t
JOIN layer.build b USING (layer)
WHERE t.layer = %(layer)s AND t.key = %(key)s AND t.content IS NOT NULL
  AND coalesce((b.details ->> 'clearance')::smallint, 0) <= run.clearance()
