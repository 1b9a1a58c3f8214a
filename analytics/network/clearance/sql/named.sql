-- What people call features: pipes with their network and street, and what lies beside them.
SELECT f.feature_id, f.source_key AS key, s.network, s.road_name
FROM city.feature f
LEFT JOIN city.pipe_segment_current s ON s.feature_id = f.feature_id AND s.classification <= run.clearance()
WHERE f.feature_id = ANY(%(features)s)
