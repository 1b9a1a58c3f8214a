"""Sums of what points carry, by the units that they lie in; many points by way of a grid that is laid once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from geopandas import GeoDataFrame, GeoSeries
from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

MANY = 20_000
"""Points from which a grid saves more than it costs, if there are as many as POINTS_A_UNIT in a unit."""
POINTS_A_UNIT = 20
_SIDE = (128, 512)
"""Cells along a side of the grid, from few units to many."""
_CELLS_PER_UNIT = 16
_KEPT = 8  # the sets of levels that a system's indicators are told for


def sums_inside(units: GeoDataFrame, points: GeoSeries, values: Floats) -> Floats:
    """Return the sums of the values of the points in each unit, a row a unit.

    Parameters
    ----------
    units
        Areas; they may overlap. A point on the border of two counts in both.
    points
        Points.
    values
        A value for each point, or a row of several.
    """
    shapes, places = units.geometry.to_numpy(), points.to_numpy()
    if len(places) < max(MANY, POINTS_A_UNIT * len(shapes)):
        unit, point = shapely.STRtree(places).query(shapes, predicate="intersects")
        return np.asarray(_one_at(unit, point, shape=(len(shapes), len(places))) @ values)
    return _grid(tuple(shapes)).sums(shapely.get_coordinates(places), values)


def _one_at(row: Ints, column: Ints, *, shape: tuple[int, int]) -> csr_array:
    return csr_array((np.ones(len(row)), (row, column)), shape=shape)


@dataclass(frozen=True)
class Grid:
    """Cells over units: most lie in the same units whole, so that their points need not be asked one by one."""

    shapes: npt.NDArray[np.object_]
    """Units, prepared."""
    low: Floats
    """Corner of the first cell."""
    step: Floats
    """Width and height of a cell."""
    side: int
    """Cells along each side."""
    whole: csr_array
    """1 where a unit (row) contains a cell (column)."""
    partly: csr_array
    """1 where a cell (row) lies across the border of a unit (column)."""

    def sums(self, at: Floats, values: Floats) -> Floats:
        """Return the sums of the values of points, given by coordinates, in each unit."""
        place = np.floor((at - self.low) / self.step).astype(np.intp)
        within = ((place >= 0) & (place < self.side)).all(axis=1)
        cell = place[within] @ np.array([self.side, 1])
        at, values = at[within], values[within]
        whole = self.whole @ (_one_at(cell, np.arange(len(cell)), shape=(self.side**2, len(cell))) @ values)
        unit, point = self._on_borders(cell, at)
        return np.asarray(whole + _one_at(unit, point, shape=(len(self.shapes), len(cell))) @ values)

    def _on_borders(self, cell: Ints, at: Floats) -> tuple[Ints, Ints]:
        """Return unit and point for each point in a unit that its cell is only partly in."""
        first, count = self.partly.indptr[cell], np.diff(self.partly.indptr)[cell]
        point = np.repeat(np.arange(len(cell)), count)
        nth = np.arange(len(point)) - np.repeat(np.cumsum(count) - count, count)
        unit = self.partly.indices[np.repeat(first, count) + nth]
        inside = shapely.intersects_xy(self.shapes[unit], at[point, 0], at[point, 1])
        return unit[inside], point[inside]


@lru_cache(maxsize=_KEPT)
def _grid(units: tuple[shapely.Geometry, ...]) -> Grid:
    """Lay a grid over units."""
    shapes = np.array(units, dtype=object)
    shapely.prepare(shapes)
    low, high = np.split(shapely.total_bounds(shapes), 2)
    side = int(np.clip(np.sqrt(len(shapes) * _CELLS_PER_UNIT), *_SIDE))
    # A hair wider, so that what lies on the far edge is in a cell.
    step = np.maximum((high - low) / side * (1 + 1e-9), 1e-9)
    x, y = np.divmod(np.arange(side**2), side)
    # A cell a hair larger than its own: rounding puts no point outside of the cell that it is counted in.
    edge = [low[0] + x * step[0], low[1] + y * step[1], low[0] + (x + 1) * step[0], low[1] + (y + 1) * step[1]]
    hair = 1e-6
    tree = shapely.STRtree(shapely.box(edge[0] - hair, edge[1] - hair, edge[2] + hair, edge[3] + hair))
    size = (len(shapes), side**2)
    whole = _one_at(*tree.query(shapes, predicate="contains"), shape=size)
    touched = _one_at(*tree.query(shapes, predicate="intersects"), shape=size)
    partly = (touched - whole).T.tocsr()
    partly.eliminate_zeros()
    return Grid(shapes, low, step, side, whole, partly)
