"""Points and lines of a whole source as arrays, lines joined to their points: what checks of networks look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim.etl.checks.findings import Floats, Ints, Told
from cim.etl.checks.values import as_text

Bools = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]

GRAVITY = ("storm", "sewage", "combined")
"""Networks in which water runs by itself."""
WIRES = ("power", "telecom")
"""Networks of cables, whose ducts may be joined anyhow."""

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


@dataclass(frozen=True)
class Table:
    """Rows of one theme, collected from batches."""

    told: Told
    """How the records are named."""
    numbers: dict[str, Floats]
    """Columns of numbers, NaN where missing."""
    words: dict[str, Names]
    """Columns of text, None where missing; rows that say the same share it."""
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
        return ~pd.isna(self.words[name])

    def named(self, rows: Ints) -> Names:
        """Return the keys of some rows."""
        return np.array(self.keys["source_key"].take(pa.array(rows)).to_pylist(), dtype=object)


class Collected:
    """Rows of one theme on their way into a `Table`."""

    def __init__(self, theme: str) -> None:
        self.theme = theme
        points = theme == "pipe_node"
        self._numbers: dict[str, list[Floats]] = {name: [] for name in (_POINT_NUMBERS if points else _LINE_NUMBERS)}
        self._words: dict[str, list[Names]] = {name: [] for name in (_POINT_WORDS if points else _LINE_WORDS)}
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
            words.append(_shared(frame, name))
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
            words={name: _whole(parts, np.object_) for name, parts in self._words.items()},
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


def _shared(frame: pd.DataFrame, name: str) -> Names:
    """Return a column of texts of which each stands in memory once."""
    if name not in frame:
        return np.full(len(frame), None, dtype=object)
    codes, distinct = pd.factorize(frame[name])
    return np.append(np.asarray(distinct, dtype=object), None)[codes]


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


@dataclass(frozen=True)
class Pipes:
    """A source's networks."""

    points: Table
    """Points."""
    lines: Table
    """Lines."""

    @cached_property
    def at(self) -> tuple[Ints, Ints]:
        """(lines,) position of start and end point, -1 where it is not among the points."""
        # The second of two points under one key is refused later; one without a key cannot be referred to.
        known = self.points.keys["source_key"]
        start, end = (
            pc.index_in(self.lines.keys[f"{end}_node_key"], value_set=known, skip_nulls=True).fill_null(-1)
            for end in ("start", "end")
        )
        return start.to_numpy().astype(np.int64), end.to_numpy().astype(np.int64)

    @cached_property
    def joined(self) -> Bools:
        """(lines,) Whether both points are there."""
        start, end = self.at
        return (start >= 0) & (end >= 0)

    @cached_property
    def surveyed(self) -> Bools:
        """(lines,) Whether depth or level was measured: rules of surveying do not hold for hydraulic models."""
        names = ("start_level_m", "end_level_m", "start_depth_m", "end_depth_m")
        return np.asarray(np.logical_or.reduce([np.isfinite(self.lines.numbers[name]) for name in names]))

    @cached_property
    def degree(self) -> Ints:
        """(points,) Lines at each point."""
        start, end = self.at
        both = np.concatenate([start, end])
        return np.bincount(both[both >= 0], minlength=len(self.points)).astype(np.int64)

    @cached_property
    def gravity(self) -> Bools:
        """(lines,) Whether water runs by itself: a sewer whose level is that of the inner invert."""
        by_invert = self.lines.words["depth_reference"] == "invert"
        return np.asarray(np.isin(self.lines.words["network"], GRAVITY) & by_invert)

    @cached_property
    def levels(self) -> tuple[Floats, Floats]:
        """(lines,) Level at start and end, metres: as surveyed, else ground less depth."""
        ground = np.append(self.points.numbers["ground_level_m"], np.nan)
        numbers = self.lines.numbers
        start, end = (
            np.where(
                np.isfinite(numbers[f"{end}_level_m"]),
                numbers[f"{end}_level_m"],
                ground[at] - numbers[f"{end}_depth_m"],
            )
            for end, at in zip(("start", "end"), self.at, strict=True)
        )
        return start, end

    @cached_property
    def run(self) -> Floats:
        """(lines,) Length in plan between the ends, metres."""
        step = self.lines.ends[:, 1] - self.lines.ends[:, 0]
        return np.hypot(step[:, 0], step[:, 1])

    @cached_property
    def size(self) -> Floats:
        """(lines,) Diameter, or that of a circle of the same area, mm."""
        numbers = self.lines.numbers
        return np.where(
            np.isfinite(numbers["diameter_mm"]),
            numbers["diameter_mm"],
            np.sqrt(numbers["width_mm"] * numbers["height_mm"] * 4 / np.pi),
        )

    @cached_property
    def flow(self) -> tuple[Ints, Ints]:
        """(lines,) Point that gravity flow comes from and goes to; -1 where the line is none or it cannot be told.

        As the survey states it, else from the higher to the lower end.
        """
        start, end = self.at
        stated = self.lines.numbers["flow_direction"]
        first, last = self.levels
        with np.errstate(invalid="ignore"):
            onward = np.where(np.isfinite(stated), stated == 0, first > last)
            back = np.where(np.isfinite(stated), stated == 1, last > first)
        known = self.gravity & self.joined & (onward | back)
        return np.where(known, np.where(onward, start, end), -1), np.where(known, np.where(onward, end, start), -1)

    def middle(self, lines: Ints) -> Floats:
        """Return the middle of lines in plan."""
        return np.asarray(self.lines.ends[lines, :, :2].mean(axis=1))
