-- What a run found, unit by unit.
SELECT code, unit_id, level, value, numerator, denominator, missing_share, standard, grade, reason, low, high, on_foot,
       extent, extent_m2
FROM result.indicator
WHERE run_id = %(run)s
ORDER BY code, unit_id
