-- Service connections by node.
SELECT coalesce(c.node_id, 0) AS node_id,
       count(*) AS connections,
       sum(c.customers)::int8 AS customers,
       coalesce(sum(c.residents), 0)::float8 AS residents,
       count(c.residents) AS residents_known,
       count(*) FILTER (WHERE c.critical) AS critical
FROM (SELECT * FROM city.service_connection_current WHERE classification <= run.clearance()) c
WHERE c.network = %(network)s
GROUP BY 1
