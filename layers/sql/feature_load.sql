-- The load that opened a version.
SELECT load_id, published_at, path, licence, attribution, classification, synthetic
FROM run.load
WHERE load_id = %(load_id)s
