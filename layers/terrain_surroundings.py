"""Ground where the terrain model has none: its edges and holes go on smoothly and level out at a distance.

A district must not stand as an island with cliffs. Around the model heights fall or rise to one far height as a
stretched skin would (Laplace's equation), on a coarse grid that also serves tiles seen from far away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_COARSEST = 16
_SWEEPS = 60
"""Relaxations on each grid: the next finer one starts from the solution, so few suffice."""


@dataclass(frozen=True)
class Surroundings:
    """A coarse grid of heights without gaps, and the height beyond it."""

    west: float
    """Easting of the middle of the first column, metres."""
    north: float
    """Northing of the middle of the first row, metres."""
    cell_m: float
    """Size of a cell, metres."""
    heights: tuple[Floats, ...]
    """City heights, row 0 in the north; each next grid has cells twice as large."""
    far_m: float
    """City height beyond the grid."""

    def sample(self, x: Floats, y: Floats, cell_m: float) -> Floats:
        """Return city heights of places given by easting and northing, averaged to cells of about `cell_m`."""
        level = int(np.clip(np.log2(max(cell_m / self.cell_m, 1.0)), 0, len(self.heights) - 1))
        grid, size = self.heights[level], self.cell_m * 2**level
        shift = (size - self.cell_m) / 2
        column = (np.nan_to_num(x, nan=np.inf) - self.west - shift) / size
        row = (self.north - np.nan_to_num(y, nan=np.inf) - shift) / size
        return _interpolated(grid, column, row, self.far_m)


def surroundings(west: float, north: float, cell_m: float, known_heights: Floats, known: Bools) -> Surroundings:
    """Fill a grid from what is known of it.

    Parameters
    ----------
    west, north
        Easting and northing of the middle of the first cell.
    cell_m
        Size of a cell, metres.
    known_heights
        City heights, row 0 in the north; a square grid of a power of two cells, unknown along its border.
    known
        Where they are known, at least in one cell.
    """
    far = float(known_heights[border_of(known)].mean())
    filled = fill(known_heights, known, far)
    grids = [filled]
    while len(grids[-1]) > _COARSEST:
        grids.append(_halved(grids[-1]))
    return Surroundings(west, north, cell_m, tuple(grids), far)


def border_of(known: Bools) -> Bools:
    """Return the known cells that have an unknown neighbour."""
    framed = np.pad(known, 1, constant_values=False)
    surrounded = framed[:-2, 1:-1] & framed[2:, 1:-1] & framed[1:-1, :-2] & framed[1:-1, 2:]
    border: Bools = known & ~surrounded
    return border


def fill(heights: Floats, known: Bools, far: float) -> Floats:
    """Return the grid with its unknown cells filled: from coarse to fine, relaxed on each."""
    if len(heights) > _COARSEST:
        count = _halved(known.astype(np.float64))
        mean = _halved(np.where(known, heights, 0.0)) / np.maximum(count, 1e-12)
        start = fill(mean, count > 0, far).repeat(2, axis=0).repeat(2, axis=1)
    else:
        start = np.full(heights.shape, far)
    return _relaxed(np.where(known, heights, start), known, far)


def _relaxed(heights: Floats, known: Bools, far: float) -> Floats:
    """Let every unknown cell become the mean of its neighbours, over and over; beyond the grid lies `far`."""
    framed = np.pad(heights, 1, constant_values=far)
    inner = framed[1:-1, 1:-1]
    for _ in range(_SWEEPS):
        mean = (framed[:-2, 1:-1] + framed[2:, 1:-1] + framed[1:-1, :-2] + framed[1:-1, 2:]) / 4
        inner[...] = np.where(known, heights, mean)
    return inner.copy()


def _halved(grid: Floats) -> Floats:
    """Return the means of blocks of two by two cells."""
    blocks: Floats = grid.reshape(len(grid) // 2, 2, -1, 2).mean(axis=(1, 3))
    return blocks


def _interpolated(grid: Floats, column: Floats, row: Floats, far: float) -> Floats:
    """Interpolate between the middles of cells; beyond the grid lies `far`, one cell away."""
    framed = np.pad(grid, 1, constant_values=far)
    last = len(framed) - 1
    column, row = np.clip(column + 1, 0, last), np.clip(row + 1, 0, last)
    left = np.minimum(column.astype(np.int64), last - 1)
    top = np.minimum(row.astype(np.int64), last - 1)
    x, y = column - left, row - top
    upper = framed[top, left] * (1 - x) + framed[top, left + 1] * x
    lower = framed[top + 1, left] * (1 - x) + framed[top + 1, left + 1] * x
    heights: Floats = upper * (1 - y) + lower * y
    return heights
