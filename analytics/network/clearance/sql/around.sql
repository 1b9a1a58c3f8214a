-- Buildings, trees, kerbs and streets near an area.
SELECT o.feature_id
FROM (
    SELECT b.feature_id, b.geom FROM city.building_current b
    UNION ALL
    SELECT t.feature_id, t.geom FROM city.tree_current t
    UNION ALL
    SELECT k.feature_id, k.geom FROM city.kerb_current k
    UNION ALL
    SELECT r.feature_id, r.geom FROM city.road_edge_current r
) o
WHERE o.geom && ST_Expand(ST_GeomFromText(%(area)s, %(srid)s), %(margin)s)
  AND ST_DWithin(o.geom, ST_GeomFromText(%(area)s, %(srid)s), %(margin)s)
LIMIT %(most)s
