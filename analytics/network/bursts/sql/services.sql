-- Who is without, by building: customers that must not be without first.
SELECT c.building_id, b.name AS building, b.usage, c.node_id = ANY(%(beyond_nodes)s) AS beyond,
       sum(c.customers)::int8 AS customers, sum(c.residents)::float8 AS residents, bool_or(c.critical) AS critical,
       string_agg(DISTINCT c.critical_kind, ', ') AS critical_kind
FROM (SELECT * FROM city.service_connection_current WHERE classification <= run.clearance()) c
LEFT JOIN (SELECT * FROM city.building_current WHERE classification <= run.clearance()) b ON b.feature_id = c.building_id
WHERE c.network = %(network)s AND c.node_id = ANY(%(nodes)s)
GROUP BY 1, 2, 3, 4
ORDER BY bool_or(c.critical) DESC, sum(c.customers) DESC, 1
