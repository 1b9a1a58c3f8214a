WITH bumped AS (
    UPDATE run.city SET data_version = data_version + 1 RETURNING data_version
)
INSERT INTO run.theme_version (theme, version)
SELECT theme, data_version FROM unnest(%(themes)s::text[]) AS theme, bumped
ON CONFLICT (theme) DO UPDATE SET version = excluded.version
