-- Buildings of which a model in 3D is loaded, of themselves or of a part.
SELECT DISTINCT coalesce(b.parent_id, b.feature_id) AS feature_id, true AS modelled, NULL::bytea AS geom
FROM (SELECT * FROM city.building_current WHERE classification <= run.clearance()) b
JOIN city.building_lod l USING (version_id)
WHERE l.lod >= '1'
ORDER BY 1
