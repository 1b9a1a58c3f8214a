INSERT INTO run.load (source_id, path, format, licence, attribution, classification, secrecy, data_grade, synthetic,
                      software_version, retires)
SELECT source_id, path, format, licence, attribution, classification, secrecy, data_grade, synthetic,
       %(version)s, true
FROM run.load
WHERE load_id = %(last)s
RETURNING load_id
