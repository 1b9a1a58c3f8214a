"""Tables of a city's database, one module a theme.

Schemas: `city` (feature versions), `run` (sources, loads, rejects, analyses), `result` (findings), `layer` (tiles).
`THEMES` maps a theme's name to its table; the loader, the exporters and the catalogue read column names,
types and comments from here, so a new column or theme needs no second list.
"""

from __future__ import annotations

from sqlalchemy import Table

from cim.schema import (
    admin,
    building,
    clearance,
    facility,
    feature,
    hydraulics,
    layer,
    pipe,
    register,
    result,
    risk,
    road,
    run,
    street,
    survey,
    terrain,
)
from cim.schema.base import Base

__all__ = ["DETAILS", "THEMES", "Base", "metadata"]

metadata = Base.metadata

THEMES: dict[str, Table] = {table.name: table for table in metadata.sorted_tables if table.info.get("role") == "theme"}
"""Tables of feature versions, by theme."""

DETAILS: dict[str, Table] = {
    table.name: table for table in metadata.sorted_tables if table.info.get("role") == "detail"
}
"""Tables whose rows belong to one feature version (levels of detail)."""

_MODULES = (
    admin,
    building,
    clearance,
    facility,
    feature,
    hydraulics,
    layer,
    pipe,
    register,
    result,
    risk,
    road,
    run,
    street,
    survey,
    terrain,
)
