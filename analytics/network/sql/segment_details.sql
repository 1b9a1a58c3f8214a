-- The segment that burst, by its stable id or by its key in the survey.
SELECT s.feature_id AS segment_id, s.network, f.source_key AS key, s.road_name, s.diameter_mm, s.material,
       s.installed_year, ST_X(m.place) AS longitude, ST_Y(m.place) AS latitude
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) s
JOIN city.feature f USING (feature_id),
     LATERAL (SELECT ST_Transform(ST_LineInterpolatePoint(ST_Force2D(s.geom), 0.5), 4326) AS place) m
WHERE (%(id)s::bigint IS NOT NULL AND s.feature_id = %(id)s) OR (%(id)s::bigint IS NULL AND f.source_key = %(key)s)
ORDER BY s.feature_id
LIMIT 2
