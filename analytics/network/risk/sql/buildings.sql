-- Footprints of buildings, without their parts.
SELECT ST_AsBinary(ST_Force2D(b.geom)) AS geom
FROM city.building_current b
WHERE b.classification <= run.clearance() AND b.parent_id IS NULL AND b.geom IS NOT NULL
ORDER BY b.feature_id
