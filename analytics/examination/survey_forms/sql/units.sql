-- Units of a level to look at, with the community that each lies in.
SELECT f.source_key AS key, a.feature_id, a.name AS about, u.name AS community
FROM city.admin_unit_current a
JOIN city.feature f ON f.feature_id = a.feature_id
LEFT JOIN LATERAL (
    SELECT c.name FROM city.admin_unit_current c
    WHERE c.level = 'community' AND c.classification <= run.clearance()
      AND ST_Covers(c.geom, ST_PointOnSurface(a.geom))
    ORDER BY c.feature_id LIMIT 1) u ON true
WHERE a.level = %(level)s AND a.classification <= run.clearance() AND f.source_key IS NOT NULL
  AND (%(within)s::bigint IS NULL OR EXISTS (
      SELECT FROM city.admin_unit_current w
      WHERE w.feature_id = %(within)s AND ST_Covers(w.geom, ST_PointOnSurface(a.geom))))
ORDER BY u.name, f.source_key
