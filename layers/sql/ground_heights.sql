-- Lowest and highest ground, city heights: of the terrain model, else of building walls, else of manholes.
WITH ground AS (
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
SELECT coalesce(ground.lowest, walls.lowest, wells.lowest) AS lowest,
       coalesce(ground.highest, walls.highest, wells.highest) AS highest
FROM ground, walls, wells
