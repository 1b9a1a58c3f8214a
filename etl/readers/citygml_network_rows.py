"""Rows of pipe tables from parts of a utility network."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cim.etl.places import length_m
from cim.etl.readers.citygml_network_places import ElementType, Ends, Node, Segment
from cim.etl.readers.cityjson_frames import json_text

_SEWERS = (("combined", "合流"), ("storm", "雨水"), ("sewage", "汚水"), ("sewage", "污水"))
_MILLIMETRES = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
_EARLIEST = 1800
"""PLATEAU writes year 1 where the year is not known."""


@cache
def element_type(name: str) -> ElementType | None:
    """Return what an element is to us, None where it is no part of a network."""
    text = (resources.files("cim.etl.readers") / "citygml_network_types.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        if row["element"] == name:
            return ElementType(row["theme"], row["kind"], row["network"])
    return None


def network_of(kind: ElementType, body: Mapping[str, Any]) -> str | None:
    """Return the network that a record tells of itself: by its type, and for sewers and manholes by its name."""
    name = str((body.get("attributes") or {}).get("name", ""))
    for network, word in _SEWERS:
        if word in name and kind.network in ("sewer", ""):
            return network
    return kind.network if kind.network not in ("sewer", "") else None


def node_rows(nodes: Sequence[Node]) -> pd.DataFrame:
    """Return rows of `pipe_node`."""
    places = np.array([node.place for node in nodes], dtype=np.float64).reshape(-1, 3)
    tops = np.array([node.top for node in nodes], dtype=np.float64)
    return _framed(
        nodes,
        {
            "kind": [node.kind.kind for node in nodes],
            "ground_level_m": tops,
            "well_depth_m": tops - places[:, 2],
            "owner": [_text(node.body, "administrator") for node in nodes],
            "geom": shapely.points(places),
        },
    )


def segment_rows(segments: Sequence[Segment], ends: Ends, materials: Mapping[str, Any]) -> pd.DataFrame:
    """Return rows of `pipe_segment`; `ends` are the nodes of each segment, by the id of the segment object."""
    sizes = [_sizes(segment) for segment in segments]
    keys = [[None if node is None else node.key for node in ends[id(segment)]] for segment in segments]
    raw = [_text(segment.body, "material") for segment in segments]
    shallow = [_metres(segment.body, "minDepth") for segment in segments]
    return _framed(
        segments,
        {
            "kind": [segment.kind.kind for segment in segments],
            "start_node_key": [start for start, _ in keys],
            "end_node_key": [end for _, end in keys],
            **{name: [size.get(name) for size in sizes] for name in _SIZES},
            "material": [materials.get(code) if code else None for code in raw],
            "material_raw": raw,
            "depth_reference": [None if np.isnan(depth) else "crown" for depth in shallow],
            "start_depth_m": shallow,
            "end_depth_m": shallow,
            "installed_year": pd.array([_year(segment.body) for segment in segments], dtype="Int64"),
            "length_m": [length_m(segment.line) for segment in segments],
            "owner": [_text(segment.body, "administrator") for segment in segments],
            "geom": [shapely.LineString(segment.line) for segment in segments],
        },
    )


_SIZES = ("shape", "diameter_mm", "diameter_basis", "outer_width_mm", "outer_height_mm")
_OBJECTS = frozenset({"start_node_key", "end_node_key", "material", "material_raw", "owner", "shape", "kind",
                      "depth_reference", "diameter_basis", "geom"})  # fmt: skip


def _framed(records: Sequence[Node] | Sequence[Segment], columns: dict[str, Any]) -> pd.DataFrame:
    """Return a frame with what nodes and segments have in common."""
    given = {
        "source_key": [item.key for item in records],
        "network": [item.network for item in records],
        "attributes": [json_text(item.body.get("attributes") or {}) for item in records],
    }
    index = pd.Index([item.record for item in records], dtype=object, name="record")
    whole = {
        name: pd.Series(list(values) if name in _OBJECTS else values, index=index, dtype=_dtype(name, values))
        for name, values in {**given, **columns}.items()
    }
    return pd.DataFrame(whole, index=index)


def _dtype(name: str, values: Any) -> Any:
    """Return the type of a column: texts and shapes are objects, whole numbers stay so, all else is a number."""
    if name in _OBJECTS or name in ("source_key", "network", "attributes"):
        return object
    return "Int64" if str(getattr(values, "dtype", "")) == "Int64" else "float64"


def _sizes(segment: Segment) -> dict[str, Any]:
    """Return the section: diameters as told, else as measured on the shape; i-UR draws the outside."""
    inner, outer = _millimetres(segment.body, "innerDiameter"), _millimetres(segment.body, "outerDiameter")
    width = _millimetres(segment.body, "maxWidth")
    out: dict[str, Any] = {"shape": "circular", "diameter_basis": "nominal", "outer_width_mm": width}
    section = segment.section
    if section is not None:
        out |= {"outer_width_mm": section.width_mm, "outer_height_mm": section.height_mm}
        out["shape"] = "circular" if section.round_ else "rectangular"
        if section.round_:
            out |= {"diameter_mm": section.width_mm, "diameter_basis": "outer"}
    if outer is not None:
        out |= {"diameter_mm": outer, "diameter_basis": "outer", "outer_width_mm": outer, "outer_height_mm": outer}
    if inner is not None:
        out |= {"diameter_mm": inner, "diameter_basis": "inner"}
    return out


def _attribute(body: Mapping[str, Any], name: str) -> tuple[Any, str]:
    """Return an attribute of i-UR and its unit."""
    attributes = body.get("attributes") or {}
    value = attributes.get(f"uro:{name}", attributes.get(name))
    return (value[0] if isinstance(value, list) and value else value), str(attributes.get(f"uro:{name}_uom", "m"))


def _millimetres(body: Mapping[str, Any], name: str) -> float | None:
    """Return a length in mm, None where it is not told or not positive."""
    value, unit = _attribute(body, name)
    factor = _MILLIMETRES.get(re.split(r"[#:]", unit)[-1].lower())
    if factor is None or isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    return value * factor


def _metres(body: Mapping[str, Any], name: str) -> float:
    """Return a length in metres, NaN where it is not told."""
    length = _millimetres(body, name)
    return np.nan if length is None else length / 1000


def _text(body: Mapping[str, Any], name: str) -> str | None:
    """Return a code or word as it stands."""
    value, _ = _attribute(body, name)
    return None if value is None or isinstance(value, dict) else str(value)


def _year(body: Mapping[str, Any]) -> int | None:
    """Return the year of installation."""
    value, _ = _attribute(body, "year")
    found = re.match(r"^(\d{4})", str(value))
    return int(found[1]) if found and int(found[1]) >= _EARLIEST else None
