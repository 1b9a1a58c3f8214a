INSERT INTO layer.build (layer, kind, data_version, parameters_hash, details, built_at)
VALUES (%(layer)s, 'tiles3d', %(data_version)s, %(parameters_hash)s, %(details)s, now())
ON CONFLICT (layer) DO UPDATE SET kind = excluded.kind, data_version = excluded.data_version,
    parameters_hash = excluded.parameters_hash, details = excluded.details, built_at = excluded.built_at
