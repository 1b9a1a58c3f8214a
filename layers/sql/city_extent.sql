-- Extent of all that is shown to the viewer (city CRS), and its lowest and highest ground (city heights).
WITH area AS (
    -- A terrain model may reach far beyond the city: it counts only where there is nothing else.
    SELECT coalesce(ST_Extent(e.geom) FILTER (WHERE e.theme <> 'raster_asset'), ST_Extent(e.geom)) AS box
    FROM run.load_extent e
    JOIN run.load l USING (load_id)
    WHERE l.published_at IS NOT NULL AND l.classification <= %(clearance)s
),
ground AS (
    SELECT min(minimum + height_offset_m) AS lowest, max(maximum + height_offset_m) AS highest
    FROM city.raster_asset_current
    WHERE kind = 'dem'
),
walls AS (
    SELECT min(ground_min_m) AS lowest, max(coalesce(ground_max_m, ground_min_m)) AS highest
    FROM city.building_current
),
wells AS (
    SELECT min(ground_level_m) AS lowest, max(ground_level_m) AS highest
    FROM city.pipe_node_current
)
SELECT ST_XMin(area.box) AS west,
       ST_YMin(area.box) AS south,
       ST_XMax(area.box) AS east,
       ST_YMax(area.box) AS north,
       coalesce(ground.lowest, walls.lowest, wells.lowest) AS lowest,
       coalesce(ground.highest, walls.highest, wells.highest) AS highest
FROM area, ground, walls, wells
