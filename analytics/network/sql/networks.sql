-- Networks that have segments, the longest first.
SELECT network, count(*) AS segments
FROM city.pipe_segment_current
GROUP BY network
ORDER BY count(*) DESC, network
