-- Terrain models that may be shown to the viewer, the one that holds where they overlap first.
SELECT r.file, r.crs, r.height_offset_m, r.resolution_m, r.classification, coalesce(s.attribution, l.attribution) AS attribution
FROM city.raster_asset_current r
JOIN run.load l USING (load_id)
JOIN run.source s USING (source_id)
WHERE r.kind = 'dem' AND r.classification <= %(clearance)s
ORDER BY s.precedence, r.resolution_m, r.feature_id
