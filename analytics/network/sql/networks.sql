-- Networks that have segments, the longest first.
SELECT network, count(*) AS segments
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) seen
GROUP BY network
ORDER BY count(*) DESC, network
