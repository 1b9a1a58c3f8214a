-- Stations and lines of railways near a place.
SELECT o.theme, o.feature_id, f.source_key AS key, o.kind, o.name, o.owner, o.attributes, ST_AsBinary(o.geom) AS geom
FROM (
    SELECT 'facility' AS theme, c.feature_id, c.kind, c.name, c.operator AS owner, c.attributes, ST_Force2D(c.geom) AS geom
    FROM city.facility_current c
    -- The box first: under row policies a distance alone uses no index.
    WHERE c.geom && ST_Expand(ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), %(near)s)
      AND ST_DWithin(c.geom, ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), %(near)s)
      AND c.kind = ANY(%(kinds)s) AND c.classification <= run.clearance()
    UNION ALL
    SELECT 'city_object', t.feature_id, t.object_type, t.name, NULL, t.attributes, ST_Force2D(t.geom)
    FROM city.city_object_current t
    WHERE t.geom && ST_Expand(ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), %(near)s)
      AND ST_DWithin(t.geom, ST_SetSRID(ST_GeomFromWKB(%(area)s), %(srid)s), %(near)s)
      AND t.object_type = ANY(%(kinds)s) AND t.classification <= run.clearance()) o
JOIN city.feature f USING (feature_id)
ORDER BY o.feature_id
LIMIT 500
