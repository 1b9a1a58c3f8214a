"""Points, lines and areas laid over units: vectorised, with the index of the units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

QUARTER_SEGMENTS = 32
"""A buffer's corner of 32 chords is 0.04 % smaller than its circle."""


def total_at_points(units: GeoDataFrame, points: GeoSeries, values: Sequence[float] | Any) -> pd.Series[float]:
    """Return the sum of the values of the points in each unit (index of the units).

    A point on the border of two units counts in both; points of real things do not lie there.
    """
    unit, point = shapely.STRtree(points.to_numpy()).query(units.geometry.to_numpy(), predicate="intersects")
    return pd.Series(_sums(unit, np.asarray(values, dtype=float)[point], len(units)), index=units.index)


def area_in_units(units: GeoDataFrame, shapes: Shapes) -> pd.Series[float]:
    """Return the area of the shapes inside each unit, m² (index of the units); overlapping shapes count twice."""
    unit, _, area = _shared_sizes(units.geometry.to_numpy(), shapes, shapely.area)
    return pd.Series(_sums(unit, area, len(units)), index=units.index)


def total_in_units(units: GeoDataFrame, shapes: Shapes, values: Floats) -> pd.Series[float]:
    """Return the sum of values that are even over each shape, by the share of the shape in each unit."""
    unit, shape, area = _shared_sizes(units.geometry.to_numpy(), shapes, shapely.area)
    even = area / shapely.area(shapes)[shape] * values[shape]
    return pd.Series(_sums(unit, even, len(units)), index=units.index)


def length_in_units(units: GeoDataFrame, lines: Shapes) -> pd.Series[float]:
    """Return the length of the lines inside each unit, metres in plan (index of the units).

    A line that runs along the border of units of one level, or where they overlap, is shared out among them, so that
    the units of a level together have exactly the length inside their union.
    """
    result = pd.Series(0.0, index=units.index)
    for _, level in units.groupby("level", sort=False):
        result[level.index] = _shared_lengths(level.geometry.to_numpy(), lines)
    return result


def _shared_lengths(shapes: Shapes, lines: Shapes) -> Floats:
    """Return the length in each shape, of lines that several claim by equal shares of what they claim."""
    unit, line, inside = _shared_sizes(shapes, lines, shapely.length)
    claimed = _sums(line, inside, len(lines))
    several = np.bincount(line, minlength=len(lines)) > 1  # only these can be claimed twice
    own = claimed.copy()
    own[several] = shapely.length(shapely.intersection(lines[several], shapely.union_all(shapes)))
    share = np.divide(own, claimed, out=np.zeros_like(own), where=claimed > 0)
    return _sums(unit, inside * share[line], len(shapes))


def is_near(points: GeoSeries, places: GeoSeries, distance_m: float) -> npt.NDArray[np.bool_]:
    """Return for each point whether one of the places lies within the distance, border included."""
    near = np.zeros(len(points), dtype=bool)
    near[shapely.STRtree(places.to_numpy()).query(points.to_numpy(), predicate="dwithin", distance=distance_m)[0]] = (
        True
    )
    return near


def parts_covered(shapes: Shapes, cover: shapely.Geometry) -> Shapes:
    """Return the part of each shape that lies in the cover."""
    parts = np.empty(len(shapes), dtype=object)
    shapely.prepare(cover)
    whole = shapely.contains_properly(cover, shapes)
    parts[whole] = shapes[whole]
    # Only shapes on the cover's edge are cut: cutting is what costs.
    cut = ~whole
    parts[cut] = shapely.intersection(shapes[cut], cover)
    return parts


def _shared_sizes(borders: Shapes, shapes: Shapes, size: Callable[[Shapes], Floats]) -> tuple[Ints, Ints, Floats]:
    """Return unit, shape and the size (area, length) of what they share, for each pair that meets."""
    tree = shapely.STRtree(shapes)
    unit, shape = tree.query(borders, predicate="contains")
    cut_unit, cut_shape = tree.query(borders, predicate="intersects")
    # Most shapes lie in one unit whole; only those on a border are cut, which is what costs.
    whole = np.isin(cut_unit * len(shapes) + cut_shape, unit * len(shapes) + shape)
    cut_unit, cut_shape = cut_unit[~whole], cut_shape[~whole]
    shared = size(shapely.intersection(borders[cut_unit], shapes[cut_shape]))
    sizes = np.concatenate([size(shapes)[shape], shared])
    return np.concatenate([unit, cut_unit]), np.concatenate([shape, cut_shape]), sizes


def _sums(place: Ints, values: Floats, count: int) -> Floats:
    """Return the sum of the values at each place; numpy's own is of whole numbers where there are none."""
    return np.bincount(place, values, minlength=count).astype(np.float64)
