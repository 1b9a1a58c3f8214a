-- What people call some pipes, of what they are, and where their middle lies.
SELECT p.feature_id AS segment_id, f.source_key AS key, p.road_name, p.material, p.diameter_mm, p.installed_year,
       ST_X(g.place) AS longitude, ST_Y(g.place) AS latitude
FROM city.pipe_segment_current p
JOIN city.feature f USING (feature_id),
     LATERAL (SELECT ST_Transform(ST_LineInterpolatePoint(ST_Force2D(p.geom), 0.5), 4326) AS place) g
WHERE p.feature_id = ANY(%(segments)s) AND p.classification <= run.clearance()
