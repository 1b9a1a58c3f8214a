"""Bodies of CityJSON objects: type, attributes, parents and children, lines and points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from cim.etl.writers.cityjson_boundaries import Corners
from cim.tables import Table

_TOLD = ("cityjson", "citygml")
"""Kinds of sources whose attributes and geometry say all that the columns do: nothing is added to them."""

_THREADS = "lines_and_points"
"""Attribute that holds lines and points: no surface does."""
_MEMBERS = ("address", "children_roles")
"""Members of a city object that were kept among its attributes."""
_NOT_SAID = frozenset(
    {"version_id", "feature_id", "load_id", "closed_by", "content_hash", "attributes", "geom", "geom_3857"}
    | {"object_type", "parent_id", "classification", "block_base_m", "block_top_m"}
)


def body(row: Mapping[str, Any], table: Table, children: Sequence[str]) -> tuple[dict[str, Any], list[Any]]:
    """Return a city object without geometry, and its lines and points.

    Parameters
    ----------
    row
        Its version, with `source_key`, `parent_key` and `source_kind`.
    table
        Table of its theme.
    children
        Ids of its parts.
    """
    attributes = dict(row["attributes"] or {})
    threads = attributes.pop(_THREADS, [])
    out: dict[str, Any] = {"type": row["object_type"]}
    parents = [row["parent_key"]] if row["parent_key"] is not None else []
    if _are_names(attributes.get("parents")):
        parents += attributes.pop("parents")
    if row["object_type"] == "CityObjectGroup":
        # Its members stand in features of their own.
        children = attributes.pop("children", children)
    for name in _MEMBERS:
        if isinstance(attributes.get(name), list | dict):
            value = attributes.pop(name)
            out[name] = [value] if isinstance(value, dict) else value
    if row["source_kind"] not in _TOLD:
        attributes |= _columns(row, table, attributes)
    out["attributes"] = attributes
    return out | ({"parents": parents} if parents else {}) | ({"children": children} if children else {}), threads


def _are_names(value: object) -> bool:
    """Whether an attribute is a list of names of objects."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _columns(row: Mapping[str, Any], table: Table, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the columns hold, under their own names, which readers know."""
    out = {}
    for column in table.columns.values():
        name, value = column.name, row.get(column.name)
        if value is None or name in _NOT_SAID or name in said or column.references:
            continue
        out[name] = value.isoformat() if isinstance(value, dt.date) else value
    return out


def thread_geometries(threads: Sequence[Mapping[str, Any]], corners: Corners, steps: Any) -> list[dict[str, Any]]:
    """Return lines and points as geometries; `steps` turns (n, 3) city coordinates into steps of the grid."""
    out = []
    for thread in threads:
        lines = [thread["coordinates"]] if thread["type"] == "MultiPoint" else thread["coordinates"]
        runs = [[corners.number(tuple(place)) for place in steps(line).tolist()] for line in lines]
        boundaries = runs[0] if thread["type"] == "MultiPoint" else runs
        out.append({"type": thread["type"], "lod": thread["lod"], "boundaries": boundaries})
    return out
