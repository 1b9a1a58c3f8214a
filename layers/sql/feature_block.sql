-- The block (LoD1) that stands for a version of a building without a model; a wall for each edge, floors and roofs.
SELECT '1' AS lod, CASE WHEN ST_NumGeometries(geom) > 1 THEN 'MultiSolid' ELSE 'Solid' END AS geometry_type,
       ST_NPoints(geom) - ST_NRings(geom) + 2 * ST_NumGeometries(geom) AS polygons,
       block_base_m AS lowest, block_top_m AS highest
FROM city.building
WHERE version_id = %(version_id)s AND block_top_m IS NOT NULL AND geom IS NOT NULL
