-- Service connections by node.
SELECT coalesce(c.node_id, 0),
       count(*),
       sum(c.customers)::int8,
       coalesce(sum(c.residents), 0)::float8,
       count(c.residents),
       count(*) FILTER (WHERE c.critical)
FROM city.service_connection_current c
WHERE c.network = %(network)s
GROUP BY 1
