-- One vector tile: what of a layer lies in it, clipped, in the units of the tile. ST_AsMVT skips what vanishes in it.
SELECT ST_AsMVT(drawn, {layer}, {extent}, 'geom', 'id') AS tile
FROM (
    SELECT t.feature_id AS id,
           t.feature_id,
           {properties}
           ST_AsMVTGeom({shape}, ST_TileEnvelope(%(z)s, %(x)s, %(y)s), {extent}, {buffer}) AS geom
    FROM {rows}
    WHERE {near}
      AND {condition}
    {order}
) drawn
