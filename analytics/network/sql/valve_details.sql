-- What a crew needs to know of valves; the place is the device's, or its node's.
SELECT d.feature_id AS valve_id, f.source_key AS key, d.number, d.diameter_mm, d.chamber,
       coalesce(d.state, 'open') AS state, d.operable, d.last_operated_on,
       ST_X(p.place) AS longitude, ST_Y(p.place) AS latitude
FROM (SELECT * FROM city.pipe_device_current WHERE classification <= run.clearance()) d
JOIN city.feature f USING (feature_id)
LEFT JOIN city.pipe_node_current n ON n.feature_id = d.node_id AND n.classification <= run.clearance(),
     LATERAL (SELECT ST_Transform(ST_Force2D(coalesce(d.geom, n.geom)), 4326) AS place) p
WHERE d.feature_id = ANY(%(valves)s)
