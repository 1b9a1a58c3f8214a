-- What a run found, for the units that the viewer may see.
SELECT i.code, i.unit_id, i.level, i.value, i.numerator, i.denominator, i.missing_share, i.standard, i.grade, i.reason,
       i.low, i.high, i.on_foot, i.on_foot_missing, i.extent, i.extent_m2
FROM result.indicator i
JOIN city.admin_unit_current u ON u.feature_id = i.unit_id AND u.classification <= run.clearance()
WHERE i.run_id = %(run)s
ORDER BY i.code, i.unit_id
