"""Points, lines and areas laid over units: vectorised, with the index of the units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from cim.analytics.examination.inside import sums_inside

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


def total_at_points(units: GeoDataFrame, points: GeoSeries, values: Sequence[float] | Any) -> pd.Series[float]:
    """Return the sum of the values of the points in each unit (index of the units).

    A point on the border of two units counts in both; points of real things do not lie there.
    """
    return pd.Series(sums_inside(units, points, np.asarray(values, dtype=float)), index=units.index)


def area_in_units(units: GeoDataFrame, shapes: Shapes) -> pd.Series[float]:
    """Return the area of the shapes inside each unit, m² (index of the units); overlapping shapes count twice."""
    unit, _, area = _shared_areas(units.geometry.to_numpy(), shapes)
    return pd.Series(_sums(unit, area, len(units)), index=units.index)


def total_in_units(units: GeoDataFrame, shapes: Shapes, values: Floats) -> pd.Series[float]:
    """Return the sum of values that are even over each shape, by the share of the shape in each unit."""
    unit, shape, area = _shared_areas(units.geometry.to_numpy(), shapes)
    even = area / shapely.area(shapes)[shape] * values[shape]
    return pd.Series(_sums(unit, even, len(units)), index=units.index)


def length_in_units(units: GeoDataFrame, lines: Shapes) -> pd.Series[float]:
    """Return the length of the lines inside each unit, metres in plan (index of the units); see `lengths_in_units`."""
    return lengths_in_units(units, lines, pd.DataFrame({"all": np.ones(len(lines))}))["all"]


def lengths_in_units(units: GeoDataFrame, lines: Shapes, shares: pd.DataFrame) -> pd.DataFrame:
    """Return the length inside each unit of several selections of the lines, metres in plan (index of the units).

    `shares` tells what counts of each line: a row a line, a column a selection, 1 for one that counts and 0 for others.

    A line that runs along the border of units of one level, or where they overlap, is shared out among them, so that
    the units of a level together have exactly the length inside their union.
    """
    result = np.zeros((len(units), shares.shape[1]))
    tree, counted = shapely.STRtree(lines), shares.to_numpy(dtype=float)
    for places in units.reset_index(drop=True).groupby("level", sort=False).indices.values():
        unit, line, metres = _shared_lengths(units.geometry.to_numpy()[places], lines, tree)
        for column in range(shares.shape[1]):
            result[places, column] = _sums(unit, metres * counted[line, column], len(places))
    return pd.DataFrame(result, index=units.index, columns=shares.columns)


def _shared_lengths(shapes: Shapes, lines: Shapes, tree: shapely.STRtree) -> tuple[Ints, Ints, Floats]:
    """Return shape, line and the length of the line in it; what several claim is shared out by what they claim."""
    unit, line, parts = shared_parts(shapes, lines, tree)
    inside = shapely.length(parts)
    claimed = _sums(line, inside, len(lines))
    several = np.bincount(line, minlength=len(lines)) > 1  # only these can be claimed twice
    own = claimed.copy()
    if several.any():
        own[several] = shapely.length(shapely.intersection(lines[several], _together(shapes, unit, line, several)))
    share = np.divide(own, claimed, out=np.zeros_like(own), where=claimed > 0)
    return unit, line, inside * share[line]


def _together(shapes: Shapes, unit: Ints, line: Ints, several: npt.NDArray[np.bool_]) -> Shapes:
    """Return for each line that several shapes claim the union of these; that of all has too many edges to meet."""
    disputed = several[line]
    order = np.lexsort((unit[disputed], line[disputed]))
    claimed, claimant = line[disputed][order], unit[disputed][order]
    claimants = [tuple(each.tolist()) for each in np.split(claimant, np.flatnonzero(np.diff(claimed)) + 1)]
    unions = {members: shapely.union_all(shapes[list(members)]) for members in set(claimants)}
    return np.array([unions[members] for members in claimants], dtype=object)


def is_near(points: GeoSeries, places: GeoSeries, distance_m: float) -> npt.NDArray[np.bool_]:
    """Return for each point whether one of the places lies within the distance, border included."""
    near = np.zeros(len(points), dtype=bool)
    near[shapely.STRtree(places.to_numpy()).query(points.to_numpy(), predicate="dwithin", distance=distance_m)[0]] = (
        True
    )
    return near


def parts_covered(shapes: Shapes, cover: Shapes) -> Shapes:
    """Return the parts of the shapes that lie in one of the pieces of a cover, which overlap nowhere."""
    return shared_parts(cover, shapes)[2]


def _shared_areas(borders: Shapes, shapes: Shapes) -> tuple[Ints, Ints, Floats]:
    """Return unit, shape and the area that they share, for each pair that meets."""
    unit, shape, parts = shared_parts(borders, shapes)
    return unit, shape, shapely.area(parts)


def shared_parts(borders: Shapes, shapes: Shapes, tree: shapely.STRtree | None = None) -> tuple[Ints, Ints, Shapes]:
    """Return border, shape and what the shape has inside the border, for each pair that meets.

    `tree` is the index of the shapes, where there is one already.
    """
    border, shape = (shapely.STRtree(shapes) if tree is None else tree).query(borders)
    shapely.prepare(borders)
    parts = shapes[shape]
    # Most shapes lie in one border whole; only those on it are cut, which is what costs.
    cut = ~shapely.contains(borders[border], parts)
    meets = ~cut
    meets[cut] = shapely.intersects(borders[border[cut]], parts[cut])
    cut &= meets
    parts[cut] = shapely.intersection(borders[border[cut]], parts[cut])
    return border[meets], shape[meets], parts[meets]


def _sums(place: Ints, values: Floats, count: int) -> Floats:
    """Return the sum of the values at each place; numpy's own is of whole numbers where there are none."""
    return np.bincount(place, values, minlength=count).astype(np.float64)
