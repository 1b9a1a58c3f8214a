-- Whole buildings, each at a point inside its footprint; parts and installations belong to a building already here.
SELECT feature_id, usage, structure, storeys_above, elevators, built_year, renovated_year, height_m, households,
       residents, coalesce(floor_area_m2, ST_Area(geom) * storeys_above) AS floor_area_m2, ST_Area(geom) AS footprint_m2,
       ST_AsBinary(ST_PointOnSurface(geom)) AS geom
FROM (SELECT * FROM city.building_current WHERE classification <= run.clearance()) seen
WHERE parent_id IS NULL AND geom IS NOT NULL
ORDER BY feature_id
