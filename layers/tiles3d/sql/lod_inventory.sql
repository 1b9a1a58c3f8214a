-- Current features of a theme that have a geometry in space: its box and its weight at the finest level of detail.
SELECT l.version_id,
       min(ST_XMin(l.geom)), min(ST_YMin(l.geom)), min(ST_ZMin(l.geom)),
       max(ST_XMax(l.geom)), max(ST_YMax(l.geom)), max(ST_ZMax(l.geom)),
       sum(greatest(ST_NPoints(l.geom) - 3 * ST_NumGeometries(l.geom), 1)),
       sum(ST_NPoints(l.geom) - ST_NumGeometries(l.geom))
FROM {detail} l
JOIN {theme} v USING (version_id)
WHERE v.classification <= run.clearance()
  AND NOT ST_IsEmpty(l.geom)
  AND l.lod >= {least}
  AND l.lod = (SELECT max(f.lod) FROM {detail} f WHERE f.version_id = l.version_id AND f.geom IS NOT NULL)
  AND NOT EXISTS (SELECT FROM city.feature_link k WHERE k.feature_id = v.feature_id)
GROUP BY l.version_id
