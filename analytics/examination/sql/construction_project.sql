-- Projects at a point inside their site; what counts by year is told by the year in which works began.
SELECT feature_id, kind, stage, extract(year FROM started_on)::float8 AS started_year, floor_area_m2, prefabricated,
       green_stars, smart_construction, ai_scenes, lower(attributes ->> 'green_building') AS green_building,
       lower(attributes ->> 'monitored') AS monitored, attributes ->> 'programme' AS programme,
       ST_AsBinary(ST_PointOnSurface(geom)) AS geom
FROM (SELECT * FROM city.construction_project_current WHERE classification <= run.clearance()) seen
WHERE geom IS NOT NULL
ORDER BY feature_id
