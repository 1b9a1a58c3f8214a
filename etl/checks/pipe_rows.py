"""Rows of one theme of a network, collected from batches into arrays: what checks of a whole source look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from cim.etl.checks.findings import Floats, Ints, Told
from cim.etl.checks.values import as_text

Bools = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]

_POINT_NUMBERS = ("ground_level_m", "well_depth_m")
_POINT_WORDS = ("network", "kind", "feature_raw", "appurtenance_raw")
_LINE_NUMBERS = (
    "start_level_m", "end_level_m", "start_depth_m", "end_depth_m", "diameter_mm", "width_mm", "height_mm",
    "pressure_mpa", "flow_direction",
)  # fmt: skip
_LINE_WORDS = (
    "network", "kind", "depth_reference", "material", "material_raw", "pressure_raw", "burial",
)  # fmt: skip
_LINE_KEYS = ("source_key", "start_node_key", "end_node_key")


class Words:
    """A column of text, of which each distinct one is kept once: a million rows say a few hundred things."""

    def __init__(self) -> None:
        self._places: dict[Any, int] = {}
        self._codes: list[npt.NDArray[np.int32]] = []

    def take(self, values: pd.Series) -> None:
        """Take further rows."""
        codes, distinct = pd.factorize(values)
        place = [self._places.setdefault(text, len(self._places)) for text in distinct]
        self._codes.append(np.array([*place, -1], dtype=np.int32)[codes])

    def pass_by(self, count: int) -> None:
        """Take so many rows that say nothing."""
        self._codes.append(np.full(count, -1, dtype=np.int32))

    @property
    def texts(self) -> Names:
        """(rows,) Text of each row, None where missing."""
        codes = np.concatenate(self._codes) if self._codes else np.empty(0, dtype=np.int32)
        return np.array([*self._places, None], dtype=object)[codes]


@dataclass(frozen=True)
class Table:
    """Rows of one theme, collected from batches."""

    told: Told
    """How the records are named."""
    numbers: dict[str, Floats]
    """Columns of numbers, NaN where missing."""
    words: Mapping[str, Words]
    """Columns of text."""
    keys: dict[str, pa.ChunkedArray]
    """Keys of the records and of what they refer to."""
    flags: dict[str, Bools]
    """Columns of truth values."""
    ends: Floats
    """(rows, 2, 3) first and last point of each geometry, city CRS and heights, metres."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.ends)

    def has(self, name: str) -> Bools:
        """Return which rows have a text."""
        return ~pd.isna(self.word(name))

    def word(self, name: str) -> Names:
        """Return a column of text, None where missing."""
        return self.words[name].texts

    def named(self, rows: Ints) -> Names:
        """Return the keys of some rows."""
        return np.array(self.keys["source_key"].take(pa.array(rows)).to_pylist(), dtype=object)


class Collected:
    """Rows of one theme on their way into a `Table`."""

    def __init__(self, theme: str) -> None:
        self.theme = theme
        points = theme == "pipe_node"
        self._numbers: dict[str, list[Floats]] = {name: [] for name in (_POINT_NUMBERS if points else _LINE_NUMBERS)}
        self._words = {name: Words() for name in (_POINT_WORDS if points else _LINE_WORDS)}
        self._flags: dict[str, list[Bools]] = {name: [] for name in (("is_source", "is_sink") if points else ())}
        self._keys: dict[str, list[pa.Array]] = {name: [] for name in (("source_key",) if points else _LINE_KEYS)}
        self._labels: list[pd.Index] = []
        self._ends: list[Floats] = []

    def take(self, frame: pd.DataFrame) -> None:
        """Take the rows of a batch, of each the columns that are looked at."""
        shapes = frame["geom"].to_numpy(dtype=object) if "geom" in frame else np.full(len(frame), None, dtype=object)
        for name, numbers in self._numbers.items():
            numbers.append(_number(frame, name))
        for name, words in self._words.items():
            if name in frame:
                words.take(frame[name])
            else:
                words.pass_by(len(frame))
        for name, flags in self._flags.items():
            flags.append(_flag(frame, name))
        for name, keys in self._keys.items():
            keys.append(_key(frame, name))
        self._labels.append(frame.index)
        self._ends.append(_ends(shapes))

    def table(self) -> Table:
        """Return all rows taken, which are then no longer kept here."""
        keys = {name: pa.chunked_array(parts, pa.large_string()) for name, parts in self._keys.items()}
        labels = self._labels[0].append(self._labels[1:]) if self._labels else pd.Index([])
        return Table(
            told=Told(self.theme, labels, pd.array(keys["source_key"], dtype="str")),
            numbers={name: _whole(parts, np.float64) for name, parts in self._numbers.items()},
            words=self._words,
            keys=keys,
            flags={name: _whole(parts, np.bool_) for name, parts in self._flags.items()},
            ends=_whole(self._ends, np.float64) if self._ends else np.empty((0, 2, 3)),
        )


def _whole(parts: list[npt.NDArray[Any]], kind: type[np.generic]) -> npt.NDArray[Any]:
    """Return parts as one array, and forget them."""
    whole = np.concatenate(parts) if parts else np.empty(0, dtype=kind)
    parts.clear()
    return whole


def _ends(shapes: Names) -> Floats:
    """Return first and last point of each geometry, NaN where it has none."""
    out = np.full((len(shapes), 2, 3), np.nan)
    points, owner = shapely.get_coordinates(shapes, include_z=True, return_index=True)
    if len(owner):
        rows, first = np.unique(owner, return_index=True)
        last = np.append(first[1:], len(owner)) - 1
        out[rows, 0], out[rows, 1] = points[first], points[last]
    return out


def _number(frame: pd.DataFrame, name: str) -> Floats:
    """Return a column of numbers."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _flag(frame: pd.DataFrame, name: str) -> Bools:
    """Return a column of truth values, False where missing."""
    if name not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray(frame[name].astype(object).to_numpy(dtype=object) == True)  # noqa: E712 - elementwise


def _key(frame: pd.DataFrame, name: str) -> pa.Array:
    """Return a column of keys."""
    if name not in frame:
        return pa.nulls(len(frame), pa.large_string())
    keys = pa.array(as_text(frame[name]), from_pandas=True)
    return (keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys).cast(pa.large_string())
