-- Pipes, pumps and valves of a network under pressure; of several devices on one the last counts.
SELECT p.feature_id AS segment_id, p.kind, p.diameter_mm, p.diameter_basis, p.wall_mm, p.width_mm, p.height_mm, p.material,
       p.roughness, p.attributes, d.kind AS device, d.state AS device_state, d.setting AS device_setting
FROM (SELECT * FROM city.pipe_segment_current WHERE classification <= run.clearance()) p
LEFT JOIN LATERAL (
  SELECT t.kind, t.state, t.setting FROM city.pipe_device_current t
  WHERE t.segment_id = p.feature_id AND t.classification <= run.clearance()
    AND t.kind IN ('valve', 'check_valve', 'pump')
    AND (t.kind <> 'valve' OR p.kind = 'valve') AND (t.kind <> 'pump' OR p.kind = 'pump')
  ORDER BY t.feature_id DESC LIMIT 1) d ON true
WHERE p.feature_id = ANY(%(segments)s)
ORDER BY p.feature_id
