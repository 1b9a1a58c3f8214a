-- Buildings at their finest level of detail, in the order asked for; without a model, footprint, foot and top of the
-- block. A part without attributes of its own shows its building's.
SELECT wanted.place - 1, b.feature_id, b.parent_id,
       coalesce(b.name, p.name), coalesce(b.usage, p.usage), coalesce(b.height_m, p.height_m),
       coalesce(b.storeys_above, p.storeys_above), coalesce(b.built_year, p.built_year),
       l.geometry_type, l.geom, l.surface,
       CASE WHEN l.geom IS NULL THEN b.geom END, b.block_base_m, b.block_top_m
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted (version_id, place)
JOIN city.building b USING (version_id)
LEFT JOIN city.building_lod l
  ON l.version_id = b.version_id AND l.geom IS NOT NULL
  AND l.lod = (SELECT max(f.lod) FROM city.building_lod f WHERE f.version_id = b.version_id AND f.geom IS NOT NULL)
LEFT JOIN city.building_current p ON p.feature_id = b.parent_id AND p.classification <= run.clearance()
ORDER BY wanted.place, l.ordinal
