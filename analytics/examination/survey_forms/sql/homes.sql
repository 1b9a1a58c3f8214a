-- Residential buildings to look at, with the community that each stands in.
SELECT f.source_key AS key, coalesce(b.name, b.address) AS about, u.name AS community, b.built_year AS built
FROM city.building_current b
JOIN city.feature f ON f.feature_id = b.feature_id
LEFT JOIN LATERAL (
    SELECT c.name FROM city.admin_unit_current c
    WHERE c.level = 'community' AND c.classification <= run.clearance()
      AND ST_Covers(c.geom, ST_PointOnSurface(b.geom))
    ORDER BY c.feature_id LIMIT 1) u ON true
WHERE b.usage = 'residential' AND b.parent_id IS NULL AND b.classification <= run.clearance() AND f.source_key IS NOT NULL
  AND (%(within)s::bigint IS NULL OR EXISTS (
      SELECT FROM city.admin_unit_current w
      WHERE w.feature_id = %(within)s AND ST_Covers(w.geom, ST_PointOnSurface(b.geom))))
ORDER BY u.name, f.source_key
