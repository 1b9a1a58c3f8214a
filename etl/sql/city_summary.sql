SELECT c.slug, c.name_zh, c.name_en,
       -- A local grid is kept as WKT, whose name says enough here.
       coalesce(substring(c.crs FROM '^[A-Z]+\["([^"]+)"'), c.crs) AS crs, c.synthetic,
       (SELECT count(DISTINCT source_id) FROM run.load WHERE published_at IS NOT NULL) AS sources,
       (SELECT concat_ws(' ', round(ST_XMin(b)::numeric, 3), round(ST_YMin(b)::numeric, 3),
                         round(ST_XMax(b)::numeric, 3), round(ST_YMax(b)::numeric, 3))
        -- Boxes of what the loads brought, all that was published; the terrain and its like reach beyond the city.
        FROM (SELECT ST_Extent(ST_Transform(e.geom, 4326)) AS b FROM run.load_extent e JOIN run.load l USING (load_id)
              WHERE l.published_at IS NOT NULL AND e.theme NOT IN ('raster_asset', 'scan_asset')) box) AS degrees,
       (SELECT max(published_at) FROM run.load) AS loaded_at
FROM run.city c
