-- Features of a theme that have problems and lie in a unit.
SELECT DISTINCT t.feature_id
FROM city.admin_unit_current w
JOIN {view} t ON t.geom && w.geom AND ST_Intersects(w.geom, ST_PointOnSurface(t.geom))
JOIN result.problem p ON p.feature_id = t.feature_id
WHERE w.feature_id = %(unit)s AND w.classification <= run.clearance() AND t.classification <= run.clearance()
