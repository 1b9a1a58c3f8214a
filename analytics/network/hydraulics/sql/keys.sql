-- Keys of features in their sources.
SELECT f.feature_id, f.source_key AS key FROM city.feature f WHERE f.feature_id = ANY(%(features)s)
