-- Shapes of some features of a theme that the viewer may see, in plan.
SELECT feature_id, ST_AsBinary(ST_Force2D(geom)) AS geom
FROM {view} WHERE feature_id = ANY(%(ids)s) AND geom IS NOT NULL AND classification <= run.clearance()
