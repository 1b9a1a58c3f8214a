SELECT feature_id, level, name, name_en, kind, residents, households, parking_spaces, charging_piles, built_year,
       property_managed, lower(attributes ->> 'waste_sorting') AS waste_sorting,
       lower(attributes ->> 'ebike_charging') AS ebike_charging, ST_AsBinary(geom) AS geom
FROM (SELECT * FROM city.admin_unit_current WHERE classification <= run.clearance()) seen
ORDER BY feature_id
