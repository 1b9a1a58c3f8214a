-- Versions that stand of the features of which a load has staged newer ones.
SELECT old.version_id
FROM {theme} new
JOIN {theme} old USING (feature_id)
WHERE new.load_id = %(load)s AND old.closed_by IS NULL
  AND old.load_id IN (SELECT load_id FROM run.load WHERE published_at IS NOT NULL)
