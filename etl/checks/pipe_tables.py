"""A source's networks, lines joined to their points: what checks of networks look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow.compute as pc

from cim.etl.checks.findings import Floats, Ints
from cim.etl.checks.pipe_rows import Bools, Table

GRAVITY = ("storm", "sewage", "combined")
"""Networks in which water runs by itself."""
WIRES = ("power", "telecom")
"""Networks of cables, whose ducts may be joined anyhow."""


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
        by_invert = self.lines.word("depth_reference") == "invert"
        return np.asarray(np.isin(self.lines.word("network"), GRAVITY) & by_invert)

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
