"""Tables of a city's database, one module a theme.

Schemas: `city` (feature versions), `run` (sources, loads, rejects, analyses), `result` (findings), `layer` (tiles).
What they say stands as data in `cim.tables`, written from here: the loader, the exporters and the catalogue read column
names, types and comments there, so a new column or theme needs no second list.
"""

from __future__ import annotations

from cim.schema import (
    admin,
    building,
    clearance,
    facility,
    feature,
    hydraulics,
    layer,
    pipe,
    rail,
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

__all__ = ["Base", "metadata"]

metadata = Base.metadata

_MODULES = (
    admin,
    building,
    clearance,
    facility,
    feature,
    hydraulics,
    layer,
    pipe,
    rail,
    register,
    result,
    risk,
    road,
    run,
    street,
    survey,
    terrain,
)
