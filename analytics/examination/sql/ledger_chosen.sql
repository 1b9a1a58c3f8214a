(%(codes)s::text[] IS NULL OR p.code = ANY(%(codes)s))
  AND (%(states)s::text[] IS NULL OR p.state = ANY(%(states)s))
  AND (%(features)s::bigint[] IS NULL OR p.feature_id = ANY(%(features)s))
  AND (%(within)s::bigint IS NULL OR p.unit_id = %(within)s OR p.feature_id = %(within)s OR p.unit_id IN (
      SELECT i.feature_id
      FROM city.admin_unit_current w
      JOIN city.admin_unit_current i ON ST_Covers(w.geom, ST_PointOnSurface(i.geom))
      WHERE w.feature_id = %(within)s AND w.classification <= run.clearance()))
