-- Footprints and attributes of buildings, in the order asked for.
SELECT wanted.place - 1, b.feature_id, b.parent_id,
       coalesce(b.name, p.name), coalesce(b.usage, p.usage), coalesce(b.height_m, p.height_m),
       coalesce(b.storeys_above, p.storeys_above), coalesce(b.built_year, p.built_year),
       b.geom
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted (version_id, place)
JOIN city.building b USING (version_id)
LEFT JOIN city.building_current p ON p.feature_id = b.parent_id AND p.classification <= run.clearance()
ORDER BY wanted.place
