-- Defects of the newest inspection of each sewer; a row without a code says that it was seen and is sound.
SELECT i.segment_id, upper(i.defect_code) AS code, i.grade::float8 AS grade, i.chainage_m::float8 AS chainage_m
FROM (SELECT *, max(inspected_on) OVER (PARTITION BY segment_id) AS newest
      FROM city.pipe_inspection_current
      WHERE classification <= run.clearance() AND segment_id IS NOT NULL) i
WHERE i.inspected_on = i.newest
ORDER BY i.segment_id, i.chainage_m
