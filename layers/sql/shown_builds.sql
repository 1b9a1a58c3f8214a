-- Built layers of whose tiles the viewer may see any; the row policies decide.
SELECT b.layer, b.kind, b.details, b.data_version
FROM layer.build b
WHERE CASE b.kind
          WHEN 'terrain' THEN EXISTS (SELECT FROM layer.terrain_tile)
          ELSE EXISTS (SELECT FROM layer.tile3d t WHERE t.layer = b.layer)
      END
