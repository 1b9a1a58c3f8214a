"""Rings that cross themselves, each looked at in its own plane."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from cim.etl.checks.face_measures import Measures, starts
from cim.etl.faces import Floats, Ints

Bools = npt.NDArray[np.bool_]
_BROAD_M = 0.001
"""Narrower rings are slivers: rounding alone makes them cross."""


def crossing_rings(measures: Measures) -> Bools:
    """Return which rings cross themselves, by ring.

    Quadrilaterals are decided by two tests of corners. A ring that always turns the same way, and once round, is
    convex. GEOS looks at the rest, laid flat along the axis in which its normal is longest.
    """
    faces = measures.faces
    out = np.zeros(len(faces.ring_size), dtype=bool)
    four = np.flatnonzero(faces.ring_size == 4)
    if len(four):
        out[four] = _crossing_fours(*_flat(measures, four))
    more = np.flatnonzero(faces.ring_size > 4)
    if len(more):
        out[more] = _crossing_rings(measures, more)
    return out


def _flat(measures: Measures, rings: Ints) -> tuple[Floats, Floats]:
    """Return two coordinates of the points of rings, without the axis in which their normal is longest."""
    sizes = measures.faces.ring_size[rings]
    at = np.repeat(measures.ring_start[rings] - starts(sizes), sizes) + np.arange(int(sizes.sum()))
    longest = np.repeat(np.abs(measures.ring_normal[:, rings]).argmax(axis=0), sizes)
    x, y, z = (part[at] for part in measures.local)
    return np.where(longest == 0, y, x), np.where(longest == 2, y, z)


def _crossing_fours(u: Floats, v: Floats) -> Bools:
    """Return which quadrilaterals have opposite edges that cross."""
    u, v = u.reshape(-1, 4).T, v.reshape(-1, 4).T

    def side(a: int, b: int, c: int) -> Floats:
        return np.asarray((u[b] - u[a]) * (v[c] - v[a]) - (v[b] - v[a]) * (u[c] - u[a]))

    first, second, third, fourth = side(0, 1, 2), side(0, 1, 3), side(2, 3, 0), side(2, 3, 1)
    one = (first * second < 0) & (third * fourth < 0)
    first, second, third, fourth = side(1, 2, 3), side(1, 2, 0), side(3, 0, 1), side(3, 0, 2)
    return np.asarray(one | ((first * second < 0) & (third * fourth < 0)))


def _crossing_rings(measures: Measures, rings: Ints) -> Bools:
    """Decide rings of five and more points."""
    sizes = measures.faces.ring_size[rings]
    u, v = _flat(measures, rings)
    first = starts(sizes)
    suspect = ~_convex(u, v, sizes, first)
    area = np.sqrt((measures.ring_normal[:, rings] ** 2).sum(axis=0))
    suspect &= 2 * area > _BROAD_M * _lengths(u, v, sizes, first)
    some = np.flatnonzero(suspect)
    out = np.zeros(len(rings), dtype=bool)
    if len(some):
        mine = np.repeat(suspect, sizes)
        owner = np.repeat(np.arange(len(some)), sizes[some])
        flat = np.column_stack([u[mine], v[mine]])
        # `linearrings` closes the rings by itself.
        drawn = np.asarray(shapely.polygons(shapely.linearrings(flat, indices=owner)))
        bad = ~shapely.is_valid(drawn)
        out[some[bad]] = [_crosses(item) for item in drawn[bad]]
    return out


def _crosses(drawn: shapely.Polygon) -> bool:
    """Return whether a ring really crosses itself: one that touches itself is how a hole can be cut to its outline."""
    line = shapely.get_exterior_ring(drawn)
    points = shapely.get_coordinates(line)
    step = np.hypot(*np.diff(points, axis=0).T)
    if (step == 0).any():
        line = shapely.LinearRing(points[np.append(True, step > 0)])
    # The area that an outline encloses, taken by winding, is less than what it covers only when it crosses itself.
    covered = shapely.area(shapely.make_valid(shapely.Polygon(line), method="structure", keep_collapsed=False))
    return bool(abs(covered - shapely.area(shapely.Polygon(line))) > 1e-3 + 1e-4 * covered)


def _ahead(values: Floats, sizes: Ints, first: Ints) -> Floats:
    """Return the value that follows each in its ring."""
    out = np.roll(values, -1)
    out[first + sizes - 1] = values[first]
    return out


def _lengths(u: Floats, v: Floats, sizes: Ints, first: Ints) -> Floats:
    """Return the length of each flattened ring."""
    steps = np.hypot(_ahead(u, sizes, first) - u, _ahead(v, sizes, first) - v)
    return np.add.reduceat(steps, first)


def _convex(u: Floats, v: Floats, sizes: Ints, first: Ints) -> Bools:
    """Return which rings turn one way only, and once round."""
    du, dv = _ahead(u, sizes, first) - u, _ahead(v, sizes, first) - v
    nu, nv = _ahead(du, sizes, first), _ahead(dv, sizes, first)
    turn = du * nv - dv * nu
    slack = 1e-9
    one_way = (np.minimum.reduceat(turn, first) >= -slack) | (np.maximum.reduceat(turn, first) <= slack)
    angle = np.arctan2(turn, du * nu + dv * nv)
    rounds = np.abs(np.add.reduceat(angle, first)) / (2 * np.pi)
    # A spike that turns back on itself has an angle of pi.
    return np.asarray(one_way & (rounds < 1.5) & (np.maximum.reduceat(np.abs(angle), first) < 3.1))
