-- Buildings of which a model in 3D is loaded, or a block is known, of themselves or of a part.
SELECT DISTINCT coalesce(b.parent_id, b.feature_id) AS feature_id, true AS modelled, NULL::bytea AS geom
FROM (SELECT * FROM city.building_current WHERE classification <= run.clearance()) b
WHERE b.block_top_m IS NOT NULL OR EXISTS (SELECT FROM city.building_lod l
                                           WHERE l.version_id = b.version_id AND l.lod >= '1')
ORDER BY 1
