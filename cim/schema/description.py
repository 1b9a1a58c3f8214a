"""What a register of a theme must look like, from the theme's table itself."""

from __future__ import annotations

from dataclasses import dataclass

from cim.tables import THEMES, Column, Table

OWN = frozenset(
    {"version_id", "feature_id", "load_id", "closed_by", "content_hash", "geom_3857", "attributes", "classification"}
)
"""Columns that the platform fills, never a register."""

OTHER_NAMES = {
    "customers": "customer",
    "sensors": "sensor",
    "control_lines": "control_line",
    "sewer_inspection": "pipe_inspection",
    "inspections": "pipe_inspection",
    "breaks": "pipe_break",
    "devices": "pipe_device",
    "projects": "construction_project",
    "parcels": "planning_parcel",
    "admin_units": "admin_unit",
    "facilities": "facility",
    "service_connections": "service_connection",
}
"""What people call registers, and the theme that holds them."""

_TYPES = {
    "bigint": "whole number",
    "integer": "whole number",
    "smallint": "whole number",
    "double precision": "number",
    "boolean": "true or false",
}
_SHAPES = {"POINT": "point", "LINESTRING": "line", "POLYGON": "polygon", "MULTIPOLYGON": "polygon or multipolygon"}


@dataclass(frozen=True)
class RegisterColumn:
    """A column of a register."""

    name: str
    """What it is called in a file; a reference to another record ends in `_key`."""
    column: str
    """Column of the theme's table that it fills."""
    type: str
    """In words: text, number, whole number, date, true or false, key of another theme, kind of geometry."""
    meaning: str
    """Meaning and unit, in English."""
    required: bool
    """Whether a record without it is refused."""
    default: str | None
    """What stands for an empty cell; None: nothing."""
    codes: tuple[str, ...]
    """The only values allowed; empty: any."""
    is_geometry: bool = False
    """Whether it is the record's place."""


def theme_of(name: str) -> str | None:
    """Return the theme of a register's name, or None where there is none."""
    plain = name.strip().lower().replace("-", "_")
    found = OTHER_NAMES.get(plain, plain)
    return found if found in THEMES else None


def register_columns(table: Table) -> list[RegisterColumn]:
    """Return the columns of a theme's register: the record's key, then the table's, its place last."""
    key = RegisterColumn("key", "source_key", "text", "Key of the record in its source", False, None, ())
    columns = sorted(
        (item for item in table.columns.values() if item.name not in OWN), key=lambda item: item.name == "geom"
    )
    return [key, *map(_described, columns)]


def template_columns(table: Table) -> list[str]:
    """Return the header of an empty register: a place becomes x and y, and z where the theme has heights, or wkt."""
    out = []
    for item in register_columns(table):
        if not item.is_geometry:
            out.append(item.name)
        elif item.type.startswith("point"):
            out += ["x", "y", "z"] if item.type.endswith("heights") else ["x", "y"]
        else:
            out.append("wkt")
    return out


def _described(column: Column) -> RegisterColumn:
    """Describe one column."""
    name, kind = column.name, _TYPES.get(column.type, column.type)
    codes = column.listed
    if column.references:
        name, kind = f"{name.removesuffix('_id')}_key", f"key of {column.references}"
    elif name == "geom":
        kind = _SHAPES.get(column.flat_shape, "any geometry") + (" with heights" if column.dimension == 3 else "")
        name = "(geometry)"
    elif codes:
        kind = "one of the list"
    return RegisterColumn(
        name,
        column.name,
        kind,
        column.comment,
        column.required,
        column.default,
        codes,
        is_geometry=column.name == "geom",
    )
