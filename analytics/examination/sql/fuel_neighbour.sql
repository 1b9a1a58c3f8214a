-- Whole buildings within 200 m of a station for petrol, gas or hydrogen, with their footprints.
-- From the stations by boxes: a distance alone uses no index under row policies.
WITH station AS MATERIALIZED (
    SELECT ST_Force2D(f.geom) AS geom, ST_Expand(ST_Force2D(f.geom), 200) AS box
    FROM (SELECT * FROM city.facility_current WHERE classification <= run.clearance()) f
    WHERE f.kind = 'fuel_station' AND f.geom IS NOT NULL
)
SELECT DISTINCT ON (b.feature_id) b.feature_id, b.usage, ST_AsBinary(b.geom) AS geom
FROM station s
JOIN (SELECT * FROM city.building_current WHERE classification <= run.clearance()) b
    ON b.geom && s.box AND ST_DWithin(s.geom, b.geom, 200)
WHERE b.parent_id IS NULL
ORDER BY b.feature_id
