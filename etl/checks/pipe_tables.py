"""Points and lines of a whole source as arrays, lines joined to their points: what checks of networks look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.etl.checks.findings import Floats, Ints, Told

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
    "start_node_key", "end_node_key",
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Rows of one theme, collected from batches."""

    told: Told
    """How the records are named."""
    numbers: dict[str, Floats]
    """Columns of numbers, NaN where missing."""
    words: dict[str, Names]
    """Columns of text, None where missing."""
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


class Collected:
    """Rows of one theme on their way into a `Table`."""

    def __init__(self, theme: str) -> None:
        self.theme = theme
        self._frames: list[pd.DataFrame] = []
        self._ends: list[Floats] = []
        points = theme == "pipe_node"
        self._numbers = _POINT_NUMBERS if points else _LINE_NUMBERS
        self._words = _POINT_WORDS if points else _LINE_WORDS
        self._flags = ("is_source", "is_sink") if points else ()

    def take(self, frame: pd.DataFrame) -> None:
        """Take the rows of a batch, of each the columns that are looked at."""
        shapes = frame["geom"].to_numpy(dtype=object) if "geom" in frame else np.full(len(frame), None, dtype=object)
        wanted = ("source_key", *self._numbers, *self._words, *self._flags)
        part = pd.DataFrame({name: frame[name] for name in wanted if name in frame}, index=frame.index)
        self._frames.append(part)
        self._ends.append(_ends(shapes))

    def table(self) -> Table:
        """Return all rows taken."""
        frame = pd.concat(self._frames) if self._frames else pd.DataFrame()
        count = len(frame)
        numbers = {name: _number(frame, name) for name in self._numbers}
        words = {name: _word(frame, name) for name in self._words}
        flags = {name: _word(frame, name) == True for name in self._flags}  # noqa: E712 - elementwise, None is False
        told = Told(self.theme, frame.index, _word(frame, "source_key"))  # type: ignore[arg-type]
        ends = np.concatenate(self._ends) if count else np.empty((0, 2, 3))
        return Table(told, numbers, words, flags, ends)


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


def _word(frame: pd.DataFrame, name: str) -> Names:
    """Return a column of texts."""
    if name not in frame:
        return np.full(len(frame), None, dtype=object)
    values: Any = frame[name].astype(object)
    return np.asarray(values.where(values.notna(), None).to_numpy(dtype=object))


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
        keys = pd.Index(self.points.told.keys)
        # The second of two points under one key is refused later; one without a key cannot be referred to.
        place = np.flatnonzero(~keys.duplicated() & ~keys.isna())
        known = keys[place]
        place = np.append(place, -1)  # what is not found, at -1, stays -1
        start, end = (
            place[known.get_indexer(pd.Index(self.lines.words[f"{end}_node_key"]))].astype(np.int64)
            for end in ("start", "end")
        )
        return start, end

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
