-- Who is without, by building: those that must not be without first. A connection says so, or a facility in the building.
WITH without AS (
    SELECT c.building_id, c.node_id = ANY(%(beyond_nodes)s) AS beyond,
           sum(c.customers)::int8 AS customers, sum(c.residents)::float8 AS residents, bool_or(c.critical) AS flagged,
           array_agg(c.critical_kind) FILTER (WHERE c.critical_kind IS NOT NULL) AS kinds
    FROM (SELECT * FROM city.service_connection_current WHERE classification <= run.clearance()) c
    WHERE c.network = %(network)s AND c.node_id = ANY(%(nodes)s)
    GROUP BY 1, 2
)
SELECT w.building_id, b.name AS building, b.usage, w.beyond, w.customers, w.residents,
       coalesce(w.flagged, false) OR f.kinds IS NOT NULL AS critical,
       (SELECT string_agg(DISTINCT kind, ', ') FROM unnest(w.kinds || f.kinds) kind) AS critical_kind,
       coalesce(f.facilities, '[]') AS facilities
FROM without w
LEFT JOIN (SELECT * FROM city.building_current WHERE classification <= run.clearance()) b ON b.feature_id = w.building_id,
     LATERAL (
         SELECT array_agg(i.kind) AS kinds,
                jsonb_agg(jsonb_build_object('feature_id', i.feature_id, 'kind', i.kind, 'name', i.name)
                          ORDER BY i.feature_id) AS facilities
         FROM (SELECT feature_id, kind, name FROM city.facility_current
               WHERE building_id = w.building_id AND kind = ANY(%(kinds)s) AND classification <= run.clearance()
               UNION ALL
               -- One that names no building is in that at whose wall its entrance is, or about which it stands. From
               -- each building by its box: a distance alone uses no index under row policies.
               SELECT feature_id, kind, name FROM city.facility_current
               WHERE building_id IS NULL AND kind = ANY(%(kinds)s) AND classification <= run.clearance()
                     AND geom && ST_Expand(b.geom, 1) AND ST_DWithin(geom, b.geom, 1)) i
     ) f
ORDER BY critical DESC, w.customers DESC, w.building_id
