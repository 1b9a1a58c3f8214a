SELECT content FROM layer.terrain_tile WHERE z = %(z)s AND x = %(x)s AND y = %(y)s
