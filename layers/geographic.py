"""Geometry of the city in WGS 84, as expressions of a statement."""

from __future__ import annotations

from psycopg import sql

from cim.layers.definitions import Definition
from cim.layers.selection import Selection
from cim.tables import TABLES, THEMES


def geographic(definition: Definition, chosen: Selection) -> sql.Composable:
    """Return a layer's geometry in longitude, latitude and, where it has heights, ellipsoidal height.

    The parameter `offset` is the city's `ellipsoid_offset_m`. Heights do not go through PROJ: the datum shift of,
    say, RD New would move them by 43 m beside the offset. They wait in the M ordinate while x and y are transformed.
    """
    if not _has_heights(definition):
        return sql.SQL("ST_Transform({}, 4326)").format(chosen.shape)
    return sql.SQL(
        "ST_Translate(ST_Force3DZ(ST_SwapOrdinates(ST_Transform("
        "ST_SwapOrdinates(ST_Force4D({}), 'zm'), 4326), 'zm')), 0, 0, %(offset)s)"
    ).format(chosen.shape)


def _has_heights(definition: Definition) -> bool:
    """Whether what a layer draws has heights."""
    if definition.findings and definition.findings.place:
        return TABLES[f"result.{definition.findings.table}"].columns[definition.findings.place].dimension == 3
    return has_heights(str(definition.theme))


def has_heights(theme: str) -> bool:
    """Whether a theme's geometry has heights."""
    columns = THEMES[theme].columns
    return "geom" in columns and columns["geom"].dimension == 3
