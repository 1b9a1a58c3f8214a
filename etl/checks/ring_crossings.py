"""Rings that cross or touch themselves, each looked at in its own plane."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from cim.etl.checks.face_measures import Measures, starts
from cim.etl.faces import Floats, Ints

Bools = npt.NDArray[np.bool_]
_BROAD_M = 0.001
"""Narrower rings are slivers: rounding alone makes them cross."""


def crossing_rings(measures: Measures) -> tuple[Bools, Bools]:
    """Return which rings cross themselves, and which others touch themselves, by ring.

    Quadrilaterals are decided by two tests of corners. A ring that always turns the same way, and once round, is
    convex. GEOS looks at the rest, laid flat along the axis in which its normal is longest.
    """
    faces = measures.faces
    out, touch = np.zeros((2, len(faces.ring_size)), dtype=bool)
    axis, broad = _lying(measures)
    four = np.flatnonzero((faces.ring_size == 4) & broad)
    if len(four):
        out[four] = _crossing_fours(*_flat(measures, four, axis))
    more = np.flatnonzero((faces.ring_size > 4) & broad)
    if len(more):
        out[more], touch[more] = _crossing_rings(measures, more, axis)
    return out, touch


def _lying(measures: Measures) -> tuple[Ints, Bools]:
    """Return along which axis each ring is laid flat, and whether it is broad enough to be judged."""
    sides = np.abs(measures.ring_normal)
    least = 0.5 * _BROAD_M * measures.ring_length
    thin = np.flatnonzero((sides**2).sum(axis=0) <= least**2)
    if len(thin):
        # The halves of a bow tie cancel: what it covers tells how it lies, and that it is no sliver.
        sides[:, thin] = _covered(measures, thin)
    return sides.argmax(axis=0), (sides**2).sum(axis=0) > least**2


def _covered(measures: Measures, rings: Ints) -> Floats:
    """Return about how much rings cover seen along each axis, m2: their triangles from the first corner on."""
    at, sizes = _points(measures, rings)
    first = np.repeat(measures.ring_start[rings], sizes)
    here = np.stack([part[at] - part[first] for part in measures.local])
    there = np.stack([part[at] - origin[first] for part, origin in zip(measures.ahead, measures.local, strict=True)])
    return 0.5 * np.add.reduceat(np.abs(np.cross(here, there, axis=0)), starts(sizes), axis=1)


def _points(measures: Measures, rings: Ints) -> tuple[Ints, Ints]:
    """Return the points of rings, one ring after another, and how many each has."""
    sizes = measures.faces.ring_size[rings]
    at = np.repeat(measures.ring_start[rings] - starts(sizes), sizes) + np.arange(int(sizes.sum()))
    return at, sizes


def _flat(measures: Measures, rings: Ints, axis: Ints) -> tuple[Floats, Floats]:
    """Return two coordinates of the points of rings, without the axis along which each is laid flat."""
    at, sizes = _points(measures, rings)
    longest = np.repeat(axis[rings], sizes)
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


def _crossing_rings(measures: Measures, rings: Ints, axis: Ints) -> tuple[Bools, Bools]:
    """Decide which rings of five and more points cross, and which touch, themselves."""
    sizes = measures.faces.ring_size[rings]
    u, v = _flat(measures, rings, axis)
    suspect = ~_convex(u, v, sizes, starts(sizes))
    some = np.flatnonzero(suspect)
    out, touch = np.zeros((2, len(rings)), dtype=bool)
    if len(some):
        mine = np.repeat(suspect, sizes)
        owner = np.repeat(np.arange(len(some)), sizes[some])
        flat = np.column_stack([u[mine], v[mine]])
        # `linearrings` closes the rings by itself.
        drawn = np.asarray(shapely.polygons(shapely.linearrings(flat, indices=owner)))
        bad = ~shapely.is_valid(drawn)
        out[some[bad]] = [_crosses(item) for item in drawn[bad]]
        touch[some[bad]] = ~out[some[bad]]
    return out, touch


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
