-- The zones of one run, with what they are of.
SELECT z.number, z.feature_id, z.theme, coalesce(c.name, t.name) AS name, f.source_key AS key, z.zone, z.from_m, z.to_m,
       z.asks_zh, z.asks_en, z.confidence, z.status, ST_Area(z.geom) AS area_m2
FROM result.rail_zone z
JOIN city.feature f USING (feature_id)
LEFT JOIN city.facility_current c USING (feature_id)
LEFT JOIN city.city_object_current t USING (feature_id)
WHERE z.run_id = %(run_id)s
ORDER BY z.number
