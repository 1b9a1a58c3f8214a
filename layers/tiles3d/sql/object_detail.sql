-- City objects at their finest level of detail, in the order asked for.
SELECT wanted.place - 1, o.feature_id, o.parent_id, coalesce(o.name, p.name), o.object_type, l.geom
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted (version_id, place)
JOIN city.city_object o USING (version_id)
JOIN city.city_object_lod l USING (version_id)
LEFT JOIN city.city_object_current p ON p.feature_id = o.parent_id AND p.classification <= run.clearance()
WHERE l.geom IS NOT NULL
  AND l.lod = (SELECT max(f.lod) FROM city.city_object_lod f WHERE f.version_id = o.version_id AND f.geom IS NOT NULL)
ORDER BY wanted.place, l.ordinal
