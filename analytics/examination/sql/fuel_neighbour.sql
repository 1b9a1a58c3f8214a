-- Whole buildings within 200 m of a station for petrol, gas or hydrogen, with their footprints.
SELECT b.feature_id, b.usage, ST_AsBinary(b.geom) AS geom
FROM (SELECT * FROM city.building_current WHERE classification <= run.clearance()) b
WHERE b.parent_id IS NULL AND b.geom IS NOT NULL AND EXISTS (
    SELECT FROM (SELECT * FROM city.facility_current WHERE classification <= run.clearance()) f
    WHERE f.kind = 'fuel_station' AND ST_DWithin(ST_Force2D(f.geom), b.geom, 200))
ORDER BY b.feature_id
