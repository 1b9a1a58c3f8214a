SELECT feature_id, source_key AS key FROM city.feature WHERE feature_id = ANY(%(ids)s)
