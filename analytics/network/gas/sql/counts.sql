-- Gas pipes of a city, and what is not known of them.
SELECT count(*) AS segments,
       count(*) FILTER (WHERE burial = 'overhead') AS overhead,
       count(*) FILTER (WHERE pressure_mpa IS NULL) AS without_pressure,
       count(*) FILTER (WHERE diameter_mm IS NULL) AS without_size,
       count(*) FILTER (WHERE material IS NULL) AS without_material,
       (SELECT count(*) FROM city.building_current WHERE classification <= run.clearance()) AS buildings
FROM city.pipe_segment_current WHERE network = 'gas' AND classification <= run.clearance()
