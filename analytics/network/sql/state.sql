-- Data version of some themes, and when the city was first published (microseconds): versions of a city that was
-- removed and loaded anew count from the start again.
SELECT coalesce((SELECT max(version) FROM run.theme_version WHERE theme = ANY(%(themes)s)), 0) AS version,
       coalesce((SELECT min(extract(epoch FROM published_at)) FROM run.load) * 1000000, 0)::int8 AS stamp
