-- By network, the exponent of age that a run of risk learnt.
SELECT m.network, (e ->> 'coefficient')::float8 AS exponent
FROM result.risk_model m
JOIN run.analysis a USING (run_id), LATERAL jsonb_array_elements(m.details -> 'effects') e
WHERE m.run_id = %(run)s AND a.classification <= run.clearance() AND e ->> 'code' = 'age'
