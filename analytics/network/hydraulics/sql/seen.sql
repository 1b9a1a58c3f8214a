-- Whether the viewer may see a pipe node or segment of that id.
SELECT feature_id FROM city.pipe_node_current WHERE feature_id = %(feature)s AND classification <= run.clearance()
UNION ALL
SELECT feature_id FROM city.pipe_segment_current WHERE feature_id = %(feature)s AND classification <= run.clearance()
