-- Current features of a theme that have a geometry in space: its box, and the triangles and vertices to expect of the
-- finest level of detail, told from its points (0.55 and 0.85 a point in 3DBAG).
SELECT l.version_id,
       min(ST_XMin(m.box)), min(ST_YMin(m.box)), min(ST_ZMin(m.box)),
       max(ST_XMax(m.box)), max(ST_YMax(m.box)), max(ST_ZMax(m.box)),
       sum(0.55 * m.points), sum(0.85 * m.points)
FROM {detail} l
JOIN {theme} v USING (version_id),
     -- Each cast unpacks the whole geometry: once, not once for each corner of the box.
     LATERAL (SELECT l.geom::box3d AS box, ST_NPoints(l.geom)::float8 AS points OFFSET 0) m
WHERE v.classification <= run.clearance()
  AND m.box IS NOT NULL
  AND l.lod >= {least}
  AND l.lod = (SELECT max(f.lod) FROM {detail} f WHERE f.version_id = l.version_id AND f.geom IS NOT NULL)
  AND NOT EXISTS (SELECT FROM city.feature_link k WHERE k.feature_id = v.feature_id)
GROUP BY l.version_id
