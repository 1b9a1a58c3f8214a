"""Boundaries of CityJSON geometries from what is stored: rings of vertex numbers, nested as their type demands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

Surface = list[list[int]]
"""Rings of one polygon."""


class Corners:
    """Vertices of one feature, each place once."""

    def __init__(self) -> None:
        self.points: list[tuple[int, int, int]] = []
        self._numbers: dict[tuple[int, int, int], int] = {}

    def number(self, steps: tuple[int, int, int]) -> int:
        """Return the number of a vertex, a new one for a place not met before."""
        found = self._numbers.get(steps)
        if found is None:
            found = self._numbers[steps] = self.twin(steps)
        return found

    def twin(self, steps: tuple[int, int, int]) -> int:
        """Return a new number for a place, even if it has one."""
        self.points.append(steps)
        return len(self.points) - 1

    def ring(self, steps: Sequence[tuple[int, int, int]]) -> list[int]:
        """Return the vertices of an open ring.

        One that ends where it began, though not at the same vertex of the source, keeps two vertices there: readers
        take a repeated first vertex for the closing of the ring.
        """
        out = [self.number(item) for item in steps]
        if len(out) > 1 and out[0] == out[-1]:
            out[-1] = self.twin(steps[-1])
        return out


def surfaces(geometries: Sequence[Any], steps: Ints, corners: Sequence[Corners]) -> list[list[Surface]]:
    """Return the polygons of each geometry as rings of vertex numbers.

    Parameters
    ----------
    geometries
        MultiPolygonZ, none of them empty.
    steps
        (points, 3) their coordinates in steps of the grid, closing points too, in order.
    corners
        Vertices of the feature of each geometry.
    """
    # Rings and polygons of an array of multipolygons, as shapely lays them out.
    _, _, (ring_ends, polygon_ends, geometry_ends) = shapely.to_ragged_array(np.array(geometries, dtype=object))
    places = list(map(tuple, steps.tolist()))
    rings, polygons = ring_ends.tolist(), polygon_ends.tolist()
    out = []
    for number, feature in enumerate(corners):
        found: list[Surface] = []
        for polygon in range(geometry_ends[number], geometry_ends[number + 1]):
            inner = range(polygons[polygon], polygons[polygon + 1])
            found.append([feature.ring(places[rings[at] : rings[at + 1] - 1]) for at in inner])
        out.append(found)
    return out


def nested(kind: str, values: Sequence[Any], shell: Sequence[int] | None, solid: Sequence[int] | None) -> list[Any]:
    """Return one value a polygon, nested as the boundaries of a geometry type are: by shell, by solid.

    Parameters
    ----------
    kind
        CityJSON geometry type.
    values
        Polygons, or what is said of each.
    shell, solid
        Number of each polygon's shell and solid; None: all are the first.
    """
    if kind in ("MultiSurface", "CompositeSurface"):
        return list(values)
    shells = [0] * len(values) if shell is None else shell
    if kind == "Solid":
        return _grouped(values, shells)
    solids = [0] * len(values) if solid is None else solid
    pairs = list(zip(values, shells, strict=True))
    return [_grouped([value for value, _ in part], [at for _, at in part]) for part in _grouped(pairs, solids)]


def _grouped(values: Sequence[Any], owner: Sequence[int]) -> list[list[Any]]:
    """Return runs of values with the same owner."""
    pairs = zip(owner, values, strict=True)
    return [[value for _, value in run] for _, run in groupby(pairs, key=lambda pair: pair[0])]
