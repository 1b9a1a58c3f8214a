-- Units of one indicator and level in a run, the furthest from the standard first.
SELECT i.unit_id, f.source_key AS key, u.name, u.name_en, u.level, i.value, i.numerator, i.denominator, i.missing_share,
       i.low, i.high, i.on_foot, i.standard, i.grade, i.reason, i.extent, i.extent_m2
FROM result.indicator i
JOIN city.feature f ON f.feature_id = i.unit_id
JOIN city.admin_unit_current u ON u.feature_id = i.unit_id AND u.classification <= run.clearance()
WHERE i.run_id = %(run)s AND i.code = %(code)s AND i.level = %(level)s
  AND (%(within)s::bigint IS NULL OR EXISTS (
      SELECT FROM city.admin_unit_current w
      WHERE w.feature_id = %(within)s AND w.classification <= run.clearance()
        AND ST_Covers(w.geom, ST_PointOnSurface(u.geom))))
ORDER BY array_position(ARRAY['short', 'near', 'meets', 'not_assessable'], i.grade),
         CASE %(direction)s
             WHEN 'higher' THEN i.value
             WHEN 'lower' THEN -i.value
             ELSE least(i.value - %(from)s, %(to)s - i.value)
         END NULLS LAST, i.unit_id
LIMIT %(limit)s
