-- What is not assessed: pipes that are not in use, breaks that name no pipe.
SELECT (SELECT count(*) FROM city.pipe_segment_current s
        WHERE s.classification <= run.clearance() AND s.state NOT IN ('in_use', 'closed')) AS segment_not_in_use,
       (SELECT count(*) FROM city.pipe_break_current b
        WHERE b.classification <= run.clearance() AND b.segment_id IS NULL) AS risk_break_without_pipe
