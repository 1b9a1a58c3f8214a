"""Polygons in space to triangles, thousands of buildings at once.

Newell normals come from one `np.add.reduceat` over all rings; convex polygons without holes (most walls and roofs)
are cut as fans in numpy; only the rest goes one by one to earcut, seen along its largest normal component.
"""

from __future__ import annotations

from dataclasses import dataclass

import mapbox_earcut
import numpy as np
import shapely
from numpy.typing import NDArray

from cim.layers.tiles3d.mesh import Bytes, Flags, Floats, Ints, Mesh, drop_unused, empty_mesh

# Kinds of surface, as `city.building_lod.surface` numbers them.
UNKNOWN, GROUND, WALL, ROOF = 0, 1, 2, 3

# A face below a square centimetre has no dependable normal and covers no pixel.
SMALLEST_FACE_M2 = 1e-4
SMALLEST_TRIANGLE_M2 = 1e-7
_NO_VOLUME_M3 = 1e-6
# Without semantics a face is a roof or a ground when it leans more than this from the vertical (cosine).
LEANING = 0.2


@dataclass(frozen=True)
class Rings:
    """Corners of polygons of many features, without the repeated closing corner."""

    corner: Floats
    """(C, 3) coordinates, metres."""
    start: Ints
    """(R + 1,) first corner of each ring."""
    first_ring: Ints
    """(P + 1,) first ring of each polygon; the others of a polygon are holes."""
    feature: Ints
    """(P,) feature of each polygon."""

    @property
    def following(self) -> Ints:
        """(C,) the next corner around the ring."""
        after = np.arange(1, len(self.corner) + 1)
        after[self.start[1:] - 1] = self.start[:-1]
        return after


def rings_of(geometries: NDArray[np.object_]) -> Rings:
    """Corners of polygons or multipolygons with Z, one feature each; empty and missing ones have no polygon.

    Parameters
    ----------
    geometries : NDArray[np.object_]
        Shapely geometries, any frame in metres.
    """
    kept = np.flatnonzero(~(shapely.is_missing(geometries) | shapely.is_empty(geometries)))
    if not len(kept):
        zero = np.zeros(1, np.int64)
        return Rings(np.empty((0, 3)), zero, zero, np.empty(0, np.int64))
    parts, owner = shapely.get_parts(geometries[kept], return_index=True)
    coordinates = shapely.get_coordinates(parts, include_z=True)
    ring_owner = np.repeat(np.arange(len(parts)), shapely.get_num_interior_rings(parts) + 1)
    closed_sizes = shapely.get_num_points(shapely.get_rings(parts))
    closed_start = np.concatenate([[0], np.cumsum(closed_sizes)])
    is_open = np.ones(len(coordinates), np.bool_)
    is_open[closed_start[1:] - 1] = False
    return Rings(
        coordinates[is_open],
        closed_start - np.arange(len(closed_start)),
        np.searchsorted(ring_owner, np.arange(len(parts) + 1)),
        kept[owner],
    )


def newell(rings: Rings) -> Floats:
    """Vector area (R, 3) of each ring in square metres; its direction is the ring's normal (Newell's method)."""
    # Relative to a corner of the ring: city coordinates have six digits before the point.
    local = rings.corner - np.repeat(rings.corner[rings.start[:-1]], np.diff(rings.start), axis=0)
    return np.add.reduceat(_cross(local, local[rings.following]), rings.start[:-1], axis=0) / 2


def triangulated(geometries: NDArray[np.object_], surface: Bytes | None = None) -> Mesh:
    """Mesh of polygons in space, facing outwards, with flat normals.

    Parameters
    ----------
    geometries : NDArray[np.object_]
        Multipolygons with Z, one feature each; any right-handed metric frame whose third axis is up.
    surface : Bytes, optional
        Kind of every polygon, in order over all geometries; 0 is unknown and is told from the normal.

    Returns
    -------
    Mesh
        `colour` holds the kind of surface. Faces below `SMALLEST_FACE_M2` are left out.
    """
    rings = rings_of(geometries)
    if not len(rings.feature):
        return empty_mesh()
    area = newell(rings)
    outer = area[rings.first_ring[:-1]]
    size = np.linalg.norm(outer, axis=1)
    unit = outer / np.maximum(size, 1e-12)[:, None]
    triangles, polygon = _cut(rings, unit, size > SMALLEST_FACE_M2)
    triangles = _facing(rings.corner, triangles, unit[polygon])
    flipped = _inside_out(rings, triangles, polygon, len(geometries))
    triangles[flipped[rings.feature[polygon]]] = triangles[flipped[rings.feature[polygon]]][:, ::-1]
    unit[flipped[rings.feature]] *= -1
    kind = np.zeros(len(unit), np.uint8) if surface is None else surface
    corner_polygon = np.repeat(_ring_polygon(rings), np.diff(rings.start))
    return drop_unused(
        Mesh(
            rings.corner,
            unit[corner_polygon],
            _known(kind, unit)[corner_polygon],
            rings.feature[corner_polygon],
            triangles,
        )
    )


def _cross(first: Floats, second: Floats) -> Floats:
    """Cross products row by row; several times faster than `np.cross`."""
    x1, y1, z1 = first.T
    x2, y2, z2 = second.T
    return np.stack([y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2], axis=1)


def _ring_polygon(rings: Rings) -> Ints:
    return np.repeat(np.arange(len(rings.feature)), np.diff(rings.first_ring))


def _known(kind: Bytes, unit: Floats) -> Bytes:
    """Kind of each polygon, where unknown told by how its normal leans."""
    leaning = np.where(unit[:, 2] > LEANING, ROOF, np.where(unit[:, 2] < -LEANING, GROUND, WALL))
    return np.where(kind == UNKNOWN, leaning, kind).astype(np.uint8)


def _cut(rings: Rings, unit: Floats, sizeable: Flags) -> tuple[Ints, Ints]:
    """Triangles (T, 3) of corners and the polygon (T,) of each."""
    convex = _convex(rings, unit) & sizeable
    fans, fan_polygon = _fans(rings, np.flatnonzero(convex))
    ears, ear_polygon = _ears(rings, unit, np.flatnonzero(~convex & sizeable))
    return np.concatenate([fans, ears]), np.concatenate([fan_polygon, ear_polygon])


def _convex(rings: Rings, unit: Floats) -> Flags:
    """Which polygons have no hole and never turn right."""
    edge = rings.corner[rings.following] - rings.corner
    polygon = np.repeat(_ring_polygon(rings), np.diff(rings.start))
    turn = np.einsum("ij,ij->i", _cross(edge, edge[rings.following]), unit[polygon])
    never_right = np.minimum.reduceat(turn, rings.start[:-1]) > -1e-9
    convex: Flags = never_right[rings.first_ring[:-1]] & (np.diff(rings.first_ring) == 1)
    return convex


def _fans(rings: Rings, polygons: Ints) -> tuple[Ints, Ints]:
    """Triangles of convex polygons around their first corner."""
    first = rings.start[rings.first_ring[polygons]]
    count = rings.start[rings.first_ring[polygons] + 1] - first - 2
    polygon = np.repeat(polygons, count)
    apex = np.repeat(first, count)
    step = np.arange(len(apex)) - np.repeat(np.cumsum(count) - count, count)
    return np.stack([apex, apex + step + 1, apex + step + 2], axis=1), polygon


def _ears(rings: Rings, unit: Floats, polygons: Ints) -> tuple[Ints, Ints]:
    """Triangles of any polygons, cut by earcut in the plane that shows each largest."""
    if not len(polygons):
        return np.empty((0, 3), np.int64), np.empty(0, np.int64)
    axes = np.array([[1, 2], [2, 0], [0, 1]])[np.abs(unit[polygons]).argmax(axis=1)]
    bounds = rings.start[rings.first_ring]
    triangles, counts = [], []
    for polygon, plane in zip(polygons.tolist(), axes, strict=True):
        low, high = bounds[polygon], bounds[polygon + 1]
        flat = rings.corner[low:high][:, plane]
        ends = rings.start[rings.first_ring[polygon] + 1 : rings.first_ring[polygon + 1] + 1] - low
        found = mapbox_earcut.triangulate_float64(flat - flat[0], ends.astype(np.uint32))
        triangles.append(found.astype(np.int64) + low)
        counts.append(len(found) // 3)
    return np.concatenate(triangles).reshape(-1, 3), np.repeat(polygons, counts)


def _facing(corner: Floats, triangles: Ints, unit: Floats) -> Ints:
    """Triangles wound to agree with their polygon's normal (earcut winds its own way)."""
    a, b, c = (corner[triangles[:, column]] for column in range(3))
    along = np.einsum("ij,ij->i", _cross(b - a, c - a), unit)
    return np.where((along < 0)[:, None], triangles[:, ::-1], triangles)


def _inside_out(rings: Rings, triangles: Ints, polygon: Ints, count: int) -> Flags:
    """Which features have all their faces turned the wrong way.

    A solid does when it encloses a negative volume above its lowest point, and a level surface, which encloses none,
    when it looks down.
    """
    owner = rings.feature[polygon]
    corner_feature = np.repeat(rings.feature[_ring_polygon(rings)], np.diff(rings.start))
    changes = np.flatnonzero(np.diff(corner_feature, prepend=-1))
    base = np.zeros((count, 3))
    base[corner_feature[changes]] = np.minimum.reduceat(rings.corner, changes, axis=0)
    a, b, c = (rings.corner[triangles[:, column]] - base[owner] for column in range(3))
    volume = np.bincount(owner, np.einsum("ij,ij->i", a, _cross(b, c)), minlength=count)
    looks = np.bincount(owner, _cross(b - a, c - a)[:, 2], minlength=count)
    wrong: Flags = np.where(np.abs(volume) > _NO_VOLUME_M3, volume, looks) < 0
    return wrong
