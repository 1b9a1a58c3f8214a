-- Features of a theme by a reference, the first few by name; a record without a key of its own has no name either.
SELECT t.feature_id,
       coalesce({label}, nullif(regexp_replace(f.source_key, '^#.*', ''), '')) AS name,
       count(*) OVER () AS count
FROM {view} t
JOIN city.feature f USING (feature_id)
WHERE t.{column} = %(value)s
ORDER BY t.feature_id
LIMIT %(shown)s
