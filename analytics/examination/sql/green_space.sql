SELECT feature_id, kind, public, area_m2,
       CASE jsonb_typeof(attributes -> 'activity_ground_m2')
           WHEN 'number' THEN (attributes ->> 'activity_ground_m2')::float8 END AS activity_ground_m2,
       ST_AsBinary(geom) AS geom
FROM (SELECT * FROM city.green_space_current WHERE classification <= run.clearance()) seen
ORDER BY feature_id
