-- Levels of detail of a version.
SELECT lod, geometry_type, ST_NumGeometries(geom) AS polygons, ST_ZMin(geom) AS lowest, ST_ZMax(geom) AS highest
FROM {table}
WHERE version_id = %(version_id)s AND geom IS NOT NULL
ORDER BY lod, ordinal
