-- What the registers know of units: residents, households, compounds within, homes within.
SELECT u.feature_id AS unit_id, u.residents, u.households, ST_Area(u.geom) AS area_m2,
       (SELECT count(*) FROM city.admin_unit_current c
        WHERE c.level = 'compound' AND c.classification <= run.clearance()
          AND ST_Covers(u.geom, ST_PointOnSurface(c.geom))) AS compounds,
       (SELECT count(*) FROM city.building_current b
        WHERE b.usage = 'residential' AND b.parent_id IS NULL AND b.classification <= run.clearance()
          AND b.geom && u.geom AND ST_Covers(u.geom, ST_PointOnSurface(b.geom))) AS homes
FROM city.admin_unit_current u
WHERE u.feature_id = ANY(%(ids)s) AND u.classification <= run.clearance()
