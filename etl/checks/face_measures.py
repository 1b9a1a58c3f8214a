"""Measures of faces and solids, for thousands at once: normals, planarity, volume, whether a shell is closed.

Never GEOS on a wall: seen in plan a wall is a line. Everything here is done in space, or in a face's own plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cim.etl.faces import Faces, Floats, Ints

Bools = npt.NDArray[np.bool_]
_MIX = np.uint64(0x9E3779B97F4A7C15)
_MIX_AGAIN = np.uint64(0xBF58476D1CE4E5B9)


def starts(sizes: Ints) -> Ints:
    """Return where each run begins when runs of these sizes lie one after another."""
    out: Ints = np.cumsum(sizes) - sizes
    return out


@dataclass(frozen=True)
class Measures:
    """Measures of faces; what is asked for twice is reckoned once."""

    faces: Faces
    """The faces."""

    @cached_property
    def ring_start(self) -> Ints:
        """(rings,) First point of each ring."""
        return starts(self.faces.ring_size)

    @cached_property
    def next_point(self) -> Ints:
        """(points,) The point that follows each in its ring."""
        out = np.arange(1, len(self.faces.points) + 1)
        out[self.ring_start + self.faces.ring_size - 1] = self.ring_start
        return out

    @cached_property
    def polygon_ring(self) -> Ints:
        """(polygons,) First ring of each polygon."""
        return starts(self.faces.ring_count)

    @cached_property
    def polygon_point(self) -> Ints:
        """(polygons,) First point of each polygon."""
        return self.ring_start[self.polygon_ring]

    @cached_property
    def polygon_geometry(self) -> Ints:
        """(polygons,) Geometry of each polygon."""
        return np.repeat(np.arange(len(self.faces.polygon_count)), self.faces.polygon_count)

    @cached_property
    def geometry_point(self) -> Ints:
        """(geometries,) First point of each geometry."""
        return self.polygon_point[starts(self.faces.polygon_count)]

    @cached_property
    def polygon_size(self) -> Ints:
        """(polygons,) Points of each polygon, all rings."""
        return np.diff(np.append(self.polygon_point, len(self.faces.points)))

    @cached_property
    def local(self) -> tuple[Floats, Floats, Floats]:
        """(points,) Coordinates from the first point of the geometry: small numbers, so that products stay exact."""
        points = self.faces.points
        size = np.diff(np.append(self.geometry_point, len(points)))
        x, y, z = (points[:, axis] - np.repeat(points[self.geometry_point, axis], size) for axis in range(3))
        return x, y, z

    @cached_property
    def ahead(self) -> tuple[Floats, Floats, Floats]:
        """(points,) The same of the point that follows each in its ring."""
        x, y, z = (part[self.next_point] for part in self.local)
        return x, y, z

    @cached_property
    def ring_normal(self) -> Floats:
        """(3, rings) Newell normal of each ring: its length is the ring's area, m2."""
        x, y, z = self.local
        ax, ay, az = self.ahead
        parts = (y * az - z * ay, z * ax - x * az, x * ay - y * ax)
        return 0.5 * np.stack([np.add.reduceat(part, self.ring_start) for part in parts])

    @cached_property
    def normal(self) -> Floats:
        """(3, polygons) Normal of each polygon, holes taken off; its length is the area, m2."""
        if len(self.faces.ring_size) == len(self.faces.ring_count):
            return self.ring_normal
        return np.add.reduceat(self.ring_normal, self.polygon_ring, axis=1)

    @cached_property
    def area(self) -> Floats:
        """(polygons,) Area, m2."""
        return np.asarray(np.sqrt((self.normal**2).sum(axis=0)))

    @cached_property
    def ring_length(self) -> Floats:
        """(rings,) Length of each ring, metres."""
        dx, dy, dz = (there - here for here, there in zip(self.local, self.ahead, strict=True))
        return np.add.reduceat(np.sqrt(dx * dx + dy * dy + dz * dz), self.ring_start)

    @cached_property
    def perimeter(self) -> Floats:
        """(polygons,) Length of all rings, metres."""
        if len(self.faces.ring_size) == len(self.faces.ring_count):
            return self.ring_length
        return np.add.reduceat(self.ring_length, self.polygon_ring)

    @cached_property
    def width(self) -> Floats:
        """(polygons,) Twice the area over the perimeter, metres: the width of a long strip."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.nan_to_num(2 * self.area / self.perimeter)

    def unevenness(self) -> Floats:
        """Return half the range of the points about each polygon's plane, metres; 0 for triangles and slivers."""
        out = np.zeros(len(self.area))
        some = (self.polygon_size > 3) & (self.width > 0.001)
        if not some.any():
            return out
        unit = self.normal[:, some] / self.area[some]
        sizes = self.polygon_size[some]
        mine = np.repeat(some, self.polygon_size)
        x, y, z = (part[mine] for part in self.local)
        owner = np.repeat(np.arange(len(sizes)), sizes)
        height = x * unit[0][owner] + y * unit[1][owner] + z * unit[2][owner]
        first = starts(sizes)
        out[some] = 0.5 * (np.maximum.reduceat(height, first) - np.minimum.reduceat(height, first))
        return out

    @cached_property
    def solid_start(self) -> Ints:
        """(solids,) First polygon of each solid of each geometry."""
        return self._runs(self.faces.solid)

    @cached_property
    def shell_start(self) -> Ints:
        """(shells,) First polygon of each shell of each solid."""
        return self._runs(self.faces.solid * 65536 + self.faces.shell)

    def _runs(self, number: Ints) -> Ints:
        """Return where a run of equal numbers in one geometry begins."""
        new = np.ones(len(number), dtype=bool)
        new[1:] = (number[1:] != number[:-1]) | (self.polygon_geometry[1:] != self.polygon_geometry[:-1])
        return np.flatnonzero(new)

    def volume(self) -> Floats:
        """Return the signed volume of each solid, m3: positive where the faces look outward (divergence theorem)."""
        x, y, z = (part[self.polygon_point] for part in self.local)
        cones = x * self.normal[0] + y * self.normal[1] + z * self.normal[2]
        return np.add.reduceat(cones, self.solid_start) / 3

    def open_shells(self) -> Bools:
        """Return which shells have a boundary, by shell.

        Each edge is a random number, its reverse the same number negative: over a closed shell, whose faces are all
        wound alike, they cancel. An open one passes with a probability of one in 2^64.
        """
        here = self.faces.corner
        there = here[self.next_point]
        low, high = np.minimum(here, there).astype(np.uint64), np.maximum(here, there).astype(np.uint64)
        with np.errstate(over="ignore"):
            edge = (low << np.uint64(32) | high) * _MIX
            edge = (edge ^ (edge >> np.uint64(29))) * _MIX_AGAIN
            edge ^= edge >> np.uint64(32)
            signed = np.where(here < there, edge, np.uint64(0) - edge)
            # An edge from a vertex to itself bounds nothing.
            signed[here == there] = 0
            sums = np.add.reduceat(signed, self.polygon_point[self.shell_start])
        return np.asarray(sums != 0)


def free_edges(points: Floats, next_point: Ints) -> int:
    """Return how many edges of one shell have no partner in the other direction.

    Parameters
    ----------
    points
        (n, 3) ring points of the shell.
    next_point
        (n,) position of the point that follows each in its ring.
    """
    # By place, not by number: a file may list one corner twice.
    steps = np.round((points - points[0]) * 1e4).astype(np.int64)
    _, corner = np.unique(steps @ np.array([1, 1_000_003, 998_244_353_000]), return_inverse=True)
    here, there = corner, corner[next_point]
    real = here != there
    here, there = here[real], there[real]
    pair = np.minimum(here, there) * (len(points) + 1) + np.maximum(here, there)
    _, which = np.unique(pair, return_inverse=True)
    balance = np.bincount(which, np.where(here < there, 1, -1))
    return int(np.abs(balance).sum())
