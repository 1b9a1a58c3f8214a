-- What the catalogue and its caches depend on: data, builds, analyses.
SELECT c.data_version,
       (SELECT coalesce(max(run_id), 0) FROM run.analysis WHERE status = 'done') AS analysed,
       (SELECT coalesce(extract(epoch FROM max(built_at)), 0)::float8 FROM layer.build) AS built
FROM run.city c
