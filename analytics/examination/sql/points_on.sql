-- A point on each of some features of a theme that the viewer may see, longitude and latitude in degrees, and its name.
SELECT feature_id, name, name_en, round(ST_X(point)::numeric, 7)::float8 AS longitude,
       round(ST_Y(point)::numeric, 7)::float8 AS latitude
FROM (SELECT feature_id, {name} AS name, {name_en} AS name_en,
             ST_Transform(ST_PointOnSurface(geom_3857), 4326) AS point
      FROM {view} WHERE feature_id = ANY(%(ids)s) AND classification <= run.clearance()) t
WHERE point IS NOT NULL
