"""Manholes, valves and what else stands on pipes near a dig: how far from its edge, how deep, how exact."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.analytics.network.clearance.pieces import tolerances
from cim.analytics.network.rules.tables import Rules

Floats = npt.NDArray[np.float64]

MEASURED_FROM: dict[str, tuple[str, str]] = {
    "cover": ("井盖边", "edge of the cover"),
    "centre": ("中心", "centre"),
}
"""From where the distance counts: the edge of the cover where its size is known, else the middle."""
_COVER_MM = (100.0, 5000.0)
"""Covers are between so large; other figures are taken as not known, whatever unit they may be in."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class PlacedManholes:
    """Where manholes lie to a dig, one entry each."""

    distance_m: Floats
    """From the edge of the cover, or from the middle where no size is known, to the outline in plan; 0 within."""
    half_cover_m: Floats
    """From the middle of the cover to its farthest edge; NaN: size not known."""
    plan_tolerance_m: Floats
    """How far its place may be off."""
    depth_m: Floats
    """Depth of the well; NaN: not known."""
    depth_tolerance_m: Floats
    """How far that may be off; NaN: not known."""

    def measured_from(self, place: int) -> str:
        """Return from where the distance of one counts: a key of `MEASURED_FROM`."""
        return "centre" if math.isnan(self.half_cover_m[place]) else "cover"


def placed_manholes(nodes: pd.DataFrame, area: shapely.Polygon, rules: Rules) -> PlacedManholes:
    """Measure manholes against the outline of a dig.

    Parameters
    ----------
    nodes
        Rows of `nodes.sql`, `geom` as shapely Point.
    area
        The outline.
    rules
        Tolerances of surveys.
    """
    half = cover_half_m(nodes["cover_size_mm"].tolist())
    depth = nodes["well_depth_m"].to_numpy(dtype=np.float64)
    plan, downwards = tolerances(nodes, depth, rules)
    middle = shapely.distance(shapely.force_2d(nodes["geom"].to_numpy(dtype=object)), area)
    return PlacedManholes(
        distance_m=np.maximum(middle - np.nan_to_num(half), 0.0),
        half_cover_m=half,
        plan_tolerance_m=plan,
        depth_m=depth,
        depth_tolerance_m=np.where(np.isnan(depth), np.nan, downwards),
    )


def cover_half_m(sizes: Sequence[str | None]) -> Floats:
    """Return how far the farthest edges of covers are from their middles, metres; NaN where that cannot be told.

    A size is as surveyed, in mm: `700` and `Φ700` are diameters, `600×800` are sides; how a rectangle is turned is not
    known, so half of its diagonal counts.
    """
    return np.array([_half_m(size) for size in sizes], dtype=np.float64)


def _half_m(size: str | None) -> float:
    sides = [float(number) for number in _NUMBER.findall(size or "")]
    if not 1 <= len(sides) <= 2 or not all(_COVER_MM[0] <= side <= _COVER_MM[1] for side in sides):
        return math.nan
    return (sides[0] if len(sides) == 1 else math.hypot(*sides)) / 2000
