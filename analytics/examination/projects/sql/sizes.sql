-- Sizes of some features, whatever their theme: what costs are for each of.
SELECT feature_id, coalesce(floor_area_m2, ST_Area(geom) * storeys_above) AS floor_area_m2, households::float8 AS households,
       NULL::float8 AS length_m, ST_Area(geom) AS area_m2
FROM city.building_current WHERE feature_id = ANY(%(ids)s) AND classification <= run.clearance()
UNION ALL
SELECT feature_id, NULL, households, NULL, ST_Area(geom)
FROM city.admin_unit_current WHERE feature_id = ANY(%(ids)s) AND classification <= run.clearance()
UNION ALL
SELECT feature_id, NULL, NULL, NULL, ST_Area(geom)
FROM city.land_use_current WHERE feature_id = ANY(%(ids)s) AND classification <= run.clearance()
UNION ALL
SELECT feature_id, NULL, NULL, ST_Length(ST_Force2D(geom)), NULL
FROM city.road_edge_current WHERE feature_id = ANY(%(ids)s) AND classification <= run.clearance()
