"""Geometry of the city in WGS 84, as expressions of a statement."""

from __future__ import annotations

from psycopg import sql

from cim.tables import THEMES


def geographic(theme: str) -> sql.Composable:
    """Return the expression of `t.geom` in longitude, latitude and, where it has heights, ellipsoidal height.

    The parameter `offset` is the city's `ellipsoid_offset_m`. Heights do not go through PROJ: the datum shift of,
    say, RD New would move them by 43 m beside the offset. They wait in the M ordinate while x and y are transformed.
    """
    if not has_heights(theme):
        return sql.SQL("ST_Transform(t.geom, 4326)")
    return sql.SQL(
        "ST_Translate(ST_Force3DZ(ST_SwapOrdinates(ST_Transform("
        "ST_SwapOrdinates(ST_Force4D(t.geom), 'zm'), 4326), 'zm')), 0, 0, %(offset)s)"
    )


def has_heights(theme: str) -> bool:
    """Whether a theme's geometry has heights."""
    columns = THEMES[theme].columns
    return "geom" in columns and columns["geom"].dimension == 3
