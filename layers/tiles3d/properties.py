"""Attributes of a tile's features, as EXT_structural_metadata packs them into columns.

Ids are FLOAT64: exact below 2^53, and CesiumJS hands them out as numbers. (It hands out INT64 as BigInt, which neither
its style language nor JSON compares or writes.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["id", "number", "integer", "text"]

# How each kind is stored, and what stands for a missing value (3D Tiles Metadata, "noData").
_COMPONENT = {"id": "FLOAT64", "number": "FLOAT32", "integer": "INT16"}
_DTYPE = {"id": "<f8", "number": "<f4", "integer": "<i2"}
_MISSING: dict[Kind, float | str] = {"id": 0.0, "number": -9999.0, "integer": -32768, "text": ""}

AddView = Callable[[NDArray[Any]], int]
"""Stores an array in the file, aligned to 8 bytes, and returns the number of its buffer view."""


@dataclass(frozen=True)
class Column:
    """One property of every feature."""

    name: str
    """Name under which a viewer asks for it."""
    kind: Kind
    """How it is stored: id (0 missing), number and integer (NaN missing), text (None missing)."""
    description: str
    """Meaning and unit."""
    values: Sequence[Any] | NDArray[Any]
    """A value for each feature."""


@dataclass(frozen=True)
class Properties:
    """Attributes of a tile's features, in the order of its feature numbers."""

    name: str
    """Name of the class, e.g. building."""
    count: int
    """Number of features."""
    columns: tuple[Column, ...]
    """The properties; every one has `count` values."""


def schema_of(properties: Properties) -> dict[str, Any]:
    """Return the metadata schema with the one class of a tile."""
    described = {column.name: _class_property(column) for column in properties.columns}
    return {"id": "cim", "classes": {properties.name: {"properties": described}}}


def table_of(properties: Properties, add: AddView) -> dict[str, Any]:
    """Return the property table, whose columns are stored through `add`."""
    stored = {column.name: _stored(column, add) for column in properties.columns}
    return {"class": properties.name, "count": properties.count, "properties": stored}


def _class_property(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {"description": column.description}
    if column.name == "feature_id":
        return described | {"type": "SCALAR", "componentType": "FLOAT64", "required": True, "semantic": "ID"}
    described["noData"] = _MISSING[column.kind]
    if column.kind == "text":
        return described | {"type": "STRING"}
    return described | {"type": "SCALAR", "componentType": _COMPONENT[column.kind]}


def _stored(column: Column, add: AddView) -> Mapping[str, Any]:
    if column.kind == "text":
        return _stored_text(column.values, add)
    values = np.asarray(column.values, dtype=np.float64)
    known = np.where(np.isnan(values), _MISSING[column.kind], values)
    if column.kind == "integer":
        known = np.clip(np.rint(known), -32768, 32767)
    return {"values": add(known.astype(_DTYPE[column.kind]))}


def _stored_text(values: Sequence[Any] | NDArray[Any], add: AddView) -> Mapping[str, Any]:
    """Characters of all values end to end, and where each starts."""
    encoded = [value.encode() if isinstance(value, str) else b"" for value in values]
    offsets = np.concatenate([[0], np.cumsum([len(value) for value in encoded])]).astype("<u4")
    # A buffer view may not be empty: when every value is missing, one byte that nothing refers to.
    characters = np.frombuffer(b"".join(encoded) or b"\0", np.uint8)
    return {"values": add(characters), "stringOffsets": add(offsets), "stringOffsetType": "UINT32"}
