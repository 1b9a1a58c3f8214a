-- Street sections with a name, and footpaths, to look at.
SELECT f.source_key AS key, e.name AS about
FROM city.road_edge_current e
JOIN city.feature f ON f.feature_id = e.feature_id
WHERE e.classification <= run.clearance() AND f.source_key IS NOT NULL AND (e.name IS NOT NULL OR e.walkable)
  AND (%(within)s::bigint IS NULL OR EXISTS (
      SELECT FROM city.admin_unit_current w
      WHERE w.feature_id = %(within)s AND ST_Intersects(w.geom, ST_LineInterpolatePoint(ST_Force2D(e.geom), 0.5))))
ORDER BY e.name NULLS LAST, f.source_key
