INSERT INTO layer.tile3d
    (layer, key, parent, depth, geometric_error_m, region, members, triangles, features, content, revision, geom)
VALUES (%(layer)s, %(key)s, %(parent)s, %(depth)s, %(error)s, %(region)s, %(members)s, %(triangles)s, %(features)s,
        %(content)s, %(revision)s, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s))
