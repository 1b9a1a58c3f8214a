-- Current buildings and parts that have a model (see `lod_inventory`) or, without one, a footprint with a block; of a
-- block, the triangles and vertices that `blocks.solid_blocks` makes of the points of its footprint.
{modelled}
UNION ALL
SELECT b.version_id, m.west, m.south, b.block_base_m, m.east, m.north, b.block_top_m, 4 * m.points - 8, 6 * m.points - 6
FROM city.building_current b,
     LATERAL (SELECT ST_XMin(b.geom) AS west, ST_YMin(b.geom) AS south, ST_XMax(b.geom) AS east,
                     ST_YMax(b.geom) AS north, ST_NPoints(b.geom)::float8 AS points OFFSET 0) m
WHERE b.classification <= run.clearance()
  AND b.block_top_m > b.block_base_m
  AND m.points > 0
  AND NOT EXISTS (SELECT FROM city.building_lod l
                  WHERE l.version_id = b.version_id AND l.geom IS NOT NULL AND l.lod >= {least})
  AND NOT EXISTS (SELECT FROM city.feature_link k WHERE k.feature_id = b.feature_id)
