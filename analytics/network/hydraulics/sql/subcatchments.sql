-- Subcatchments as a drainage model gave them, with the manhole that each drains to (null: none of that name).
SELECT n.feature_id AS node_id, (c.attributes ->> 'area_m2')::float8 AS area_m2,
       (c.attributes ->> 'impervious_percent')::float8 / 100 AS impervious,
       (c.attributes ->> 'width_m')::float8 AS width_m, (c.attributes ->> 'slope_percent')::float8 AS slope_percent
FROM (SELECT * FROM city.city_object_current WHERE classification <= run.clearance()) c
JOIN city.feature f USING (feature_id)
LEFT JOIN city.feature n ON n.source_id = f.source_id AND n.theme = 'pipe_node' AND n.source_key = c.attributes ->> 'outlet'
WHERE c.object_type = 'Subcatchment' AND c.attributes ? 'outlet'
  AND f.source_id IN (SELECT m.source_id FROM city.feature m WHERE m.feature_id = ANY(%(nodes)s))
ORDER BY c.feature_id
