-- Buildings with a sensor for fire or smoke in use.
SELECT DISTINCT building_id AS feature_id, kind, NULL::bytea AS geom
FROM (SELECT * FROM city.sensor_current WHERE classification <= run.clearance()) seen
WHERE building_id IS NOT NULL AND coalesce(state, 'in_use') = 'in_use'
ORDER BY 1, 2
