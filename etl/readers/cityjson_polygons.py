"""CityJSON boundaries: from nested lists to flat arrays, for a whole batch of geometries at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MALFORMED = (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError)
"""What Python and numpy raise over JSON of the wrong shape."""

FARTHEST_M = 1e8
"""No coordinate of a projected CRS on the Earth lies farther out."""

DEPTH = {"MultiSurface": 3, "CompositeSurface": 3, "Solid": 4, "MultiSolid": 5, "CompositeSolid": 5}
"""Levels of nesting of the boundaries of each geometry type made of polygons."""


def starts(sizes: Ints) -> Ints:
    """Return where each run begins when runs of these sizes lie one after another."""
    return np.cumsum(sizes) - sizes


def owners(sizes: Ints) -> Ints:
    """Return the number of the run that each element is in."""
    return np.repeat(np.arange(len(sizes)), sizes)


def _sizes(items: Sequence[Any]) -> Ints:
    """Return the length of each list."""
    return np.fromiter(map(len, items), np.int64, len(items))


def _opened(items: Iterable[Any]) -> list[Any]:
    """Return the lists one level down, in order."""
    return list(chain.from_iterable(items))


def as_solids(kind: str, boundaries: Any) -> Any:
    """Return boundaries of any type as a list of solids of shells of surfaces."""
    depth = DEPTH[kind]
    return boundaries if depth == 5 else [boundaries] if depth == 4 else [[boundaries]]


@dataclass(frozen=True)
class Polygons:
    """Polygons of many geometries: rings of one polygon, and polygons of one geometry, lie side by side, in order."""

    vertex: Ints
    """(points,) Vertex of each ring point; rings are not closed."""
    ring_size: Ints
    """(rings,) Points of each ring."""
    ring_count: Ints
    """(polygons,) Rings of each polygon, the outer one first."""
    polygon_count: Ints
    """(geometries,) Polygons of each geometry."""
    shell: Ints
    """(polygons,) Shell within its solid, 0 outer."""
    solid: Ints
    """(polygons,) Solid within its geometry."""

    @cached_property
    def ring_polygon(self) -> Ints:
        """(rings,) Polygon of each ring."""
        return owners(self.ring_count)

    @cached_property
    def polygon_geometry(self) -> Ints:
        """(polygons,) Geometry of each polygon."""
        return owners(self.polygon_count)

    @cached_property
    def ring_geometry(self) -> Ints:
        """(rings,) Geometry of each ring."""
        return self.polygon_geometry[self.ring_polygon]

    @cached_property
    def ring_start(self) -> Ints:
        """(rings,) First point of each ring."""
        return starts(self.ring_size)

    @cached_property
    def point_geometry(self) -> Ints:
        """(points,) Geometry of each ring point."""
        return np.repeat(self.ring_geometry, self.ring_size)


def flatten(solids: Sequence[Any]) -> Polygons:
    """Flatten the boundaries of many geometries.

    Parameters
    ----------
    solids
        For each geometry its solids of shells of surfaces of rings of vertex numbers, as `as_solids` gives them.

    Raises
    ------
    TypeError, ValueError
        Something in them is no list or no whole number; `culprits` finds where.
    """
    all_solids = _opened(solids)
    all_shells = _opened(all_solids)
    surfaces = _opened(all_shells)
    rings = _opened(surfaces)
    numbers = np.fromiter(chain.from_iterable(rings), np.float64)
    # Written so that NaN, which a null becomes, fails too.
    if len(numbers) and not np.abs(numbers).max() < 2**31:
        raise ValueError("a vertex number is none, or beyond every list")
    vertex = numbers.astype(np.int64)
    if not np.array_equal(vertex, numbers):
        raise ValueError("a vertex number is not whole")
    solid_count, shell_count, surface_count = _sizes(solids), _sizes(all_solids), _sizes(all_shells)
    solid_number = np.arange(len(all_solids)) - np.repeat(starts(solid_count), solid_count)
    shell_number = np.arange(len(all_shells)) - np.repeat(starts(shell_count), shell_count)
    polygon_solid = np.repeat(owners(shell_count), surface_count)
    return Polygons(
        vertex=vertex,
        ring_size=_sizes(rings),
        ring_count=_sizes(surfaces),
        polygon_count=np.bincount(owners(solid_count)[polygon_solid], minlength=len(solids)),
        shell=np.repeat(shell_number, surface_count),
        solid=solid_number[polygon_solid],
    )


def sound(polygons: Polygons) -> tuple[Polygons, Bools]:
    """Drop what has no area by construction: rings of fewer than three points, and closing points.

    Returns
    -------
    tuple
        The polygons left, and a mask over the polygons given: True where one is kept. Geometries keep their
        number even if nothing is left of them.
    """
    first = polygons.ring_start
    last = first + np.maximum(polygons.ring_size - 1, 0)
    closed = polygons.ring_size > 1
    closed[closed] = polygons.vertex[first[closed]] == polygons.vertex[last[closed]]
    ring_size = polygons.ring_size - closed
    ring_kept = ring_size >= 3
    kept = np.zeros(len(polygons.ring_count), dtype=bool)
    with_ring = polygons.ring_count > 0
    kept[with_ring] = ring_kept[starts(polygons.ring_count)[with_ring]]
    if kept.all() and ring_kept.all() and not closed.any():
        return polygons, kept
    ring_kept &= kept[polygons.ring_polygon]
    point_kept = np.repeat(ring_kept, polygons.ring_size)
    point_kept[last[closed]] = False
    left = Polygons(
        vertex=polygons.vertex[point_kept],
        ring_size=ring_size[ring_kept],
        ring_count=np.bincount(polygons.ring_polygon[ring_kept], minlength=len(kept))[kept],
        polygon_count=np.bincount(polygons.polygon_geometry[kept], minlength=len(polygons.polygon_count)),
        shell=polygons.shell[kept],
        solid=polygons.solid[kept],
    )
    return left, kept


def with_polygons(polygons: Polygons) -> tuple[Polygons, Bools]:
    """Return the polygons without the geometries that have none, and a mask over the geometries given."""
    wanted = polygons.polygon_count > 0
    return (polygons if wanted.all() else replace(polygons, polygon_count=polygons.polygon_count[wanted])), wanted


def culprits(items: Sequence[Any], attempt: Callable[[Sequence[Any]], object]) -> list[int]:
    """Return the positions of the items over which `attempt` fails, found by halving.

    One broken record in a batch of thousands costs a few more attempts, and the sound ones nothing.
    """
    return _culprits(items, attempt, 0)


def _culprits(items: Sequence[Any], attempt: Callable[[Sequence[Any]], object], offset: int) -> list[int]:
    """Halve until single items fail."""
    try:
        attempt(items)
    except MALFORMED:
        if len(items) == 1:
            return [offset]
        middle = len(items) // 2
        return _culprits(items[:middle], attempt, offset) + _culprits(items[middle:], attempt, offset + middle)
    return []
