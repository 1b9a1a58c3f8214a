"""Faces of one solid that pass through, or lie upon, each other.

Two faces cross where the line that their planes have in common runs inside of both. Each face is first drawn in a
little (by the tolerance, and by what it is not planar), so that faces that meet along an edge, end on one another, or
overlap by no more than coordinates are rounded, do not count. No tree of cases is needed, and nothing is guessed: what
crosses deeper than the tolerance is found, what crosses less is not told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from cim.etl.checks.face_measures import Measures, starts
from cim.etl.faces import Floats, Ints

Bools = npt.NDArray[np.bool_]
_LEAST_SINE = 1e-3
"""Sine of the angle of two planes below which they are taken for parallel."""
_UPON = 0.1
"""Share of the tolerance within which faces lie upon each other: two sides of a thin plate do not."""


@dataclass(frozen=True)
class Crossings:
    """Pairs of faces."""

    one: Ints
    """(pairs,) Polygon."""
    other: Ints
    """(pairs,) The polygon that it meets, of a higher number."""


def crossing_faces(measures: Measures, chosen: Bools, tolerance_m: float) -> Crossings:
    """Return the pairs of faces of one solid that cross, or lie upon each other, deeper than the tolerance.

    Parameters
    ----------
    measures
        The faces.
    chosen
        (polygons,) Which are looked at: faces of solids, with an area.
    tolerance_m
        Depth that does not count, metres.
    """
    planes = _Planes(measures, chosen, tolerance_m)
    one, other = _near(measures, planes, chosen)
    through, upon = planes.astride(one, other)
    cross = np.flatnonzero(through)
    cross = cross[planes.cross(one[cross], other[cross])]
    flat = np.flatnonzero(upon & (_shells(measures)[one] == _shells(measures)[other]))
    flat = flat[planes.overlap(one[flat], other[flat])]
    found = np.sort(np.concatenate([cross, flat]))
    return Crossings(one[found], other[found])


def _shells(measures: Measures) -> Ints:
    """Return the number of each polygon's shell, counted over all geometries."""
    new = np.zeros(len(measures.area), dtype=np.int64)
    new[measures.shell_start] = 1
    return np.cumsum(new)


def _near(measures: Measures, planes: _Planes, chosen: Bools) -> tuple[Ints, Ints]:
    """Return pairs of chosen faces of one solid whose boxes overlap."""
    faces = np.flatnonzero(chosen)
    solid = np.zeros(len(chosen), dtype=np.int64)
    solid[measures.solid_start] = 1
    solid = np.cumsum(solid)[faces]
    low, high = planes.low[:, faces] - planes.near[faces], planes.high[:, faces] + planes.near[faces]
    # Solids are laid side by side, so that only faces of the same one can meet.
    shift = solid * (float(high[0].max(initial=0) - low[0].min(initial=0)) + 1)
    boxes = shapely.box(low[0] + shift, low[1], high[0] + shift, high[1])
    one, other = shapely.STRtree(boxes).query(boxes)
    some = (one < other) & (low[2][one] <= high[2][other]) & (low[2][other] <= high[2][one])
    one, other = one[some], other[some]
    order = np.lexsort((other, one))
    return faces[one[order]], faces[other[order]]


class _Planes:
    """The plane of each face, and the face drawn in it, a little smaller than it is."""

    def __init__(self, measures: Measures, chosen: Bools, tolerance_m: float) -> None:
        self._measures = measures
        points, first = np.stack(measures.local), measures.polygon_point
        self._points = points
        self.low, self.high = np.minimum.reduceat(points, first, axis=1), np.maximum.reduceat(points, first, axis=1)
        uneven = measures.unevenness()
        self.slack, self.near = tolerance_m + uneven, _UPON * tolerance_m + uneven
        with np.errstate(invalid="ignore", divide="ignore"):
            self.normal = np.where(chosen, measures.normal / measures.area, 0.0)
        self.middle = np.add.reduceat(points, first, axis=1) / measures.polygon_size
        # Two directions in the plane, the first across the axis that the normal is farthest from.
        axis = np.eye(3)[np.abs(self.normal).argmin(axis=0)].T
        self.right = np.cross(self.normal, axis, axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            self.right = np.where(chosen, self.right / np.sqrt((self.right**2).sum(axis=0)), 0.0)
        self.up = np.cross(self.normal, self.right, axis=0)

    def astride(self, one: Ints, other: Ints) -> tuple[Bools, Bools]:
        """Return which pairs have each face on both sides of the other's plane, and which lie in one plane."""
        low, high = self._heights(one, other)
        slack, near = self.slack[one] + self.slack[other], self.near[one] + self.near[other]
        through, upon = (low < -slack) & (high > slack), (low >= -near) & (high <= near)
        rest = np.flatnonzero(through | upon)
        low, high = self._heights(other[rest], one[rest])
        slack, near = slack[rest], near[rest]
        through[rest] &= (low < -slack) & (high > slack)
        upon[rest] &= (low >= -near) & (high <= near)
        return through, upon

    def _heights(self, faces: Ints, planes: Ints) -> tuple[Floats, Floats]:
        """Return the lowest and the highest point of each face over the plane of another."""
        if not len(faces):
            return np.empty(0), np.empty(0)
        at, sizes = self._points_of(faces)
        plane = np.repeat(planes, sizes)
        over = ((self._points[:, at] - self.middle[:, plane]) * self.normal[:, plane]).sum(axis=0)
        first = starts(sizes)
        return np.minimum.reduceat(over, first), np.maximum.reduceat(over, first)

    def _points_of(self, faces: Ints) -> tuple[Ints, Ints]:
        """Return the points of faces, one face after another, and how many each has."""
        sizes = self._measures.polygon_size[faces]
        at = np.repeat(self._measures.polygon_point[faces] - starts(sizes), sizes) + np.arange(int(sizes.sum()))
        return at, sizes

    def _drawn(self, faces: Ints, planes: Ints) -> npt.NDArray[np.object_]:
        """Return faces as polygons in given planes, drawn in by their slack; empty where a ring crosses itself."""
        measures = self._measures
        at, _ = self._points_of(faces)
        counts = measures.faces.ring_count[faces]
        rings = np.repeat(measures.polygon_ring[faces] - starts(counts), counts) + np.arange(int(counts.sum()))
        sizes = measures.faces.ring_size[rings]
        plane = np.repeat(planes, measures.polygon_size[faces])
        from_middle = self._points[:, at] - self.middle[:, plane]
        flat = np.stack([(from_middle * side[:, plane]).sum(axis=0) for side in (self.right, self.up)], axis=1)
        lines = np.asarray(shapely.linearrings(flat, indices=np.repeat(np.arange(len(rings)), sizes)))
        drawn = np.asarray(shapely.polygons(lines, indices=np.repeat(np.arange(len(faces)), counts)))
        drawn[~shapely.is_valid(drawn)] = shapely.Polygon()
        return np.asarray(shapely.buffer(drawn, -self.slack[faces], quad_segs=1, join_style="mitre"))

    def overlap(self, one: Ints, other: Ints) -> Bools:
        """Return which pairs of faces in one plane cover a common area."""
        if not len(one):
            return np.zeros(0, dtype=bool)
        return np.asarray(shapely.intersects(self._drawn(one, one), self._drawn(other, one)))

    def cross(self, one: Ints, other: Ints) -> Bools:
        """Return which pairs have a stretch of the line common to their planes inside of both."""
        if not len(one):
            return np.zeros(0, dtype=bool)
        along = np.cross(self.normal[:, one], self.normal[:, other], axis=0)
        sine = np.sqrt((along**2).sum(axis=0))
        along /= np.maximum(sine, _LEAST_SINE)
        # From the middle of the first face, in its plane and across the line, to the second plane.
        across = np.cross(along, self.normal[:, one], axis=0)
        gap = ((self.middle[:, other] - self.middle[:, one]) * self.normal[:, other]).sum(axis=0)
        slope = (across * self.normal[:, other]).sum(axis=0)
        base = self.middle[:, one] + across * (gap / np.where(sine < _LEAST_SINE, 1.0, slope))
        common = shapely.intersection(self._stretches(one, base, along), self._stretches(other, base, along))
        return np.asarray((sine >= _LEAST_SINE) & (shapely.length(common) > 0))

    def _stretches(self, faces: Ints, base: Floats, along: Floats) -> npt.NDArray[np.object_]:
        """Return where lines in the planes of faces run inside of them, laid out along one axis, metres from base."""
        size = np.sqrt(((self.high[:, faces] - self.low[:, faces]) ** 2).sum(axis=0))
        far = size + np.sqrt(((base - self.middle[:, faces]) ** 2).sum(axis=0)) + 1
        ends = np.stack([base - along * far, base + along * far]) - self.middle[:, faces]
        flat = [(ends * side[:, faces]).sum(axis=1) for side in (self.right, self.up)]
        lines = shapely.linestrings(np.stack(flat, axis=2).transpose(1, 0, 2))
        inside = np.asarray(shapely.intersection(lines, self._drawn(faces, faces)), dtype=object)
        inside[~(shapely.length(inside) > 0)] = shapely.LineString()
        coordinates, which = shapely.get_coordinates(inside, return_index=True)
        start = np.stack([part[0] for part in flat], axis=1)
        way = np.sqrt(((coordinates - start[which]) ** 2).sum(axis=1)) - far[which]
        return np.asarray(shapely.set_coordinates(inside, np.stack([way, np.zeros(len(way))], axis=1)))
