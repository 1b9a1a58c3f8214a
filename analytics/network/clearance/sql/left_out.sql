-- Pipes that are not in use, by state.
SELECT s.state, count(*) AS segments
FROM city.pipe_segment_current s
WHERE s.classification <= run.clearance() AND s.state NOT IN ('in_use', 'closed')
GROUP BY s.state
