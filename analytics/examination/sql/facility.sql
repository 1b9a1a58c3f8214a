SELECT feature_id, kind, public, capacity, area_m2,
       CASE jsonb_typeof(attributes -> 'listed_year')
           WHEN 'number' THEN (attributes ->> 'listed_year')::float8 END AS listed_year,
       lower(attributes ->> 'filed') AS filed, lower(attributes ->> 'vacant') AS vacant,
       lower(attributes ->> 'dual_use') AS dual_use, ST_AsBinary(ST_Force2D(geom)) AS geom
FROM (SELECT * FROM city.facility_current WHERE classification <= run.clearance()) seen
ORDER BY feature_id
