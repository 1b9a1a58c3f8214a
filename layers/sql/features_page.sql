-- A page of a layer's features in GeoJSON (RFC 7946: longitude, latitude, ellipsoidal height), one more than asked for;
-- of a feature with several rows all.
SELECT t.feature_id AS id,
       json_build_object(
           'type', 'Feature',
           'id', t.feature_id,
           'geometry', ST_AsGeoJSON({geographic}, 7)::json,
           'properties', json_build_object({properties})
       )::text AS feature
FROM {rows}
WHERE {condition}
  AND t.geom IS NOT NULL
  AND t.feature_id > %(after)s
  AND {inside}
ORDER BY t.feature_id
FETCH FIRST (%(limit)s) ROWS WITH TIES
