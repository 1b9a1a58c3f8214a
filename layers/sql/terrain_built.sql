INSERT INTO layer.build (layer, kind, data_version, parameters_hash, details)
VALUES ('terrain', 'terrain', %(version)s, %(digest)s, %(details)s)
