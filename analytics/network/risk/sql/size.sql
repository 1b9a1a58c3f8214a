-- How many pipes in use there are.
SELECT count(*) AS pipes
FROM city.pipe_segment_current s
WHERE s.classification <= run.clearance() AND s.state IN ('in_use', 'closed') AND s.kind NOT IN ('pump', 'valve')
