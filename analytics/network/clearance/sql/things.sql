-- Trees and kerbs that pipes keep clear of.
SELECT t.feature_id, 'tree' AS kind, ST_AsBinary(t.geom) AS geom
FROM city.tree_current t WHERE t.classification <= run.clearance()
UNION ALL
SELECT k.feature_id, 'kerb' AS kind, ST_AsBinary(k.geom) AS geom
FROM city.kerb_current k WHERE k.kind = 'kerb' AND k.classification <= run.clearance()
ORDER BY feature_id
