INSERT INTO run.load_extent (load_id, theme, records, geom)
SELECT %s, %s, %s, ST_SetSRID(ST_MakeEnvelope(%s, %s, %s, %s), c.srid)
FROM run.city c
