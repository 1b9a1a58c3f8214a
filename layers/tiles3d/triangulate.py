"""Polygons in space to triangles, thousands of buildings at once.

Newell normals come from one `np.add.reduceat` over all rings; convex polygons without holes (most walls and roofs)
are cut as fans in numpy; only the rest goes one by one to earcut, seen along its largest normal component.
"""

from __future__ import annotations

import mapbox_earcut
import numpy as np
from numpy.typing import NDArray

from cim.layers.tiles3d.mesh import Bytes, Flags, Floats, Ints, Mesh, drop_unused, empty_mesh
from cim.layers.tiles3d.rings import Rings, rings_of

UNKNOWN, GROUND, WALL, ROOF = 0, 1, 2, 3
"""Kinds of surface, as `city.building_lod.surface` numbers them."""

# A face below a square centimetre has no dependable normal and covers no pixel.
_SMALLEST_FACE_M2 = 1e-4
_NO_VOLUME_M3 = 1e-6
# Without semantics a face is a roof or a ground when it leans more than this from the vertical (cosine).
_LEANING = 0.2
_PLANES = np.array([[1, 2], [2, 0], [0, 1]])


def newell(rings: Rings) -> Floats:
    """Return the vector area (R, 3) of each ring, m2; its direction is the ring's normal (Newell's method)."""
    size, first = np.diff(rings.start), rings.start[:-1]
    # Relative to a corner of the ring: city coordinates have six digits before the point.
    x, y, z = (column - np.repeat(column[first], size) for column in (rings.x, rings.y, rings.z))
    nx, ny, nz = (rings.following(column) for column in (x, y, z))
    twice = (y * nz - z * ny, z * nx - x * nz, x * ny - y * nx)
    return np.stack([np.add.reduceat(column, first) for column in twice], axis=1) / 2


def triangulated(shapes: Rings | NDArray[np.object_], surface: Bytes | None = None) -> Mesh:
    """Mesh of polygons in space, facing outwards, with flat normals.

    Parameters
    ----------
    shapes : Rings or NDArray[np.object_]
        Polygons, or geometries of one feature each; any right-handed metric frame whose third axis is up.
    surface : Bytes, optional
        Kind of every polygon, in order over all features; 0 is unknown and is told from the normal.

    Returns
    -------
    Mesh
        `colour` holds the kind of surface. Faces below a square centimetre are left out.
    """
    rings = shapes if isinstance(shapes, Rings) else rings_of(shapes)
    if not len(rings.feature):
        return empty_mesh()
    area = newell(rings)
    outer = area[rings.first_ring[:-1]]
    size = np.linalg.norm(outer, axis=1)
    unit = outer / np.maximum(size, 1e-12)[:, None]
    sizeable = size > _SMALLEST_FACE_M2
    triangles, polygon = _cut(rings, unit, sizeable)
    flipped = _inside_out(rings, area, outer)[rings.feature]
    backwards = flipped[polygon]
    triangles[backwards] = triangles[backwards][:, ::-1]
    unit[flipped] *= -1
    kind = np.zeros(len(unit), np.uint8) if surface is None else surface
    corner_polygon = np.repeat(rings.polygon_of_ring, np.diff(rings.start))
    mesh = Mesh(
        np.stack([rings.x, rings.y, rings.z], axis=1),
        unit[corner_polygon],
        _known(kind, unit)[corner_polygon],
        rings.feature[corner_polygon],
        triangles,
    )
    return mesh if sizeable.all() else drop_unused(mesh)


def _known(kind: Bytes, unit: Floats) -> Bytes:
    """Kind of each polygon, where unknown told by how its normal leans."""
    leaning = np.where(unit[:, 2] > _LEANING, ROOF, np.where(unit[:, 2] < -_LEANING, GROUND, WALL))
    return np.where(kind == UNKNOWN, leaning, kind).astype(np.uint8)


def _cut(rings: Rings, unit: Floats, sizeable: Flags) -> tuple[Ints, Ints]:
    """Triangles (T, 3) of corners, wound as their polygon, and the polygon (T,) of each."""
    convex = _convex(rings, unit) & sizeable
    fans, fan_polygon = _fans(rings, np.flatnonzero(convex))
    ears, ear_polygon = _ears(rings, unit, np.flatnonzero(~convex & sizeable))
    return np.concatenate([fans, ears]), np.concatenate([fan_polygon, ear_polygon])


def _convex(rings: Rings, unit: Floats) -> Flags:
    """Which polygons have no hole and never turn right."""
    ex, ey, ez = (rings.following(column) - column for column in (rings.x, rings.y, rings.z))
    fx, fy, fz = (rings.following(column) for column in (ex, ey, ez))
    size = np.diff(rings.start)
    ux, uy, uz = (np.repeat(column[rings.polygon_of_ring], size) for column in unit.T)
    turn = (ey * fz - ez * fy) * ux + (ez * fx - ex * fz) * uy + (ex * fy - ey * fx) * uz
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
    """Triangles of any polygons, cut by earcut in the coordinate plane that shows each largest."""
    if not len(polygons):
        return np.empty((0, 3), np.int64), np.empty(0, np.int64)
    steepest = np.abs(unit[polygons]).argmax(axis=1)
    flat = _seen(rings, polygons, steepest)
    bounds = rings.start[rings.first_ring]
    low, high = bounds[polygons], bounds[polygons + 1]
    # Where each ring ends, counted from its polygon's first corner: what earcut asks for.
    ends = (rings.start[1:] - bounds[rings.polygon_of_ring]).astype(np.uint32)
    place = np.concatenate([[0], np.cumsum(high - low)]).tolist()
    first, last = rings.first_ring[polygons].tolist(), rings.first_ring[polygons + 1].tolist()
    found = [
        mapbox_earcut.triangulate_float64(flat[start:stop], ends[ring:beyond])
        for start, stop, ring, beyond in zip(place[:-1], place[1:], first, last, strict=True)
    ]
    corners = np.array([len(piece) for piece in found])
    ears = (np.concatenate(found).astype(np.int64) + np.repeat(low, corners)).reshape(-1, 3)
    polygon = np.repeat(polygons, corners // 3)
    return _facing(rings, ears, unit[polygon]), polygon


def _seen(rings: Rings, polygons: Ints, steepest: Ints) -> Floats:
    """Corners (C, 2) of some polygons, end to end, in the coordinate plane across each one's steepest axis."""
    bounds = rings.start[rings.first_ring]
    size = bounds[polygons + 1] - bounds[polygons]
    corner = np.repeat(bounds[polygons] - np.cumsum(size) + size, size) + np.arange(int(size.sum()))
    axis = np.repeat(steepest, size)
    columns = [column[corner] - np.repeat(column[bounds[polygons]], size) for column in (rings.x, rings.y, rings.z)]
    across, upward = (np.choose(_PLANES[axis, side], columns) for side in (0, 1))
    return np.stack([across, upward], axis=1)


def _facing(rings: Rings, triangles: Ints, unit: Floats) -> Ints:
    """Triangles wound to agree with their polygon's normal; earcut winds its own way."""
    (ax, bx, cx), (ay, by, cy), (az, bz, cz) = (
        [column[triangles[:, corner]] for corner in range(3)] for column in (rings.x, rings.y, rings.z)
    )
    x1, y1, z1, x2, y2, z2 = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
    ux, uy, uz = unit.T
    along = (y1 * z2 - z1 * y2) * ux + (z1 * x2 - x1 * z2) * uy + (x1 * y2 - y1 * x2) * uz
    wrong = along < 0
    triangles[wrong] = triangles[wrong][:, ::-1]
    return triangles


def _inside_out(rings: Rings, area: Floats, outer: Floats) -> Flags:
    """Which features have all their faces turned the wrong way.

    A solid does when it encloses a negative volume above the middle of its foot, and a level surface, which encloses
    none, when it looks down. The volume is a third of each face's vector area times the way to the face (Gauss).
    """
    owner, count = rings.feature, int(rings.feature[-1]) + 1 if len(rings.feature) else 0
    sizes = np.linalg.norm(area, axis=1)
    whole = np.linalg.norm(outer, axis=1)
    # Holes take away from the face, whichever way they are drawn.
    open_share = np.add.reduceat(sizes, rings.first_ring[:-1]) - whole
    net = outer * (1 - np.divide(open_share, whole, out=np.zeros_like(whole), where=whole > 0))[:, None]
    first_face = np.flatnonzero(np.diff(owner, prepend=-1))
    first_corner = rings.start[rings.first_ring[first_face]]
    corner = rings.start[rings.first_ring[:-1]]
    faces = np.diff(np.append(first_face, len(owner)))
    cone = np.zeros(len(owner))
    for axis, column in enumerate((rings.x, rings.y, rings.z)):
        base = np.minimum.reduceat(column, first_corner)
        if axis < 2:
            base = (base + np.maximum.reduceat(column, first_corner)) / 2
        cone += (column[corner] - np.repeat(base, faces)) * net[:, axis]
    volume = np.bincount(owner, cone, minlength=count)
    looks = np.bincount(owner, net[:, 2], minlength=count)
    wrong: Flags = np.where(np.abs(volume) > _NO_VOLUME_M3, volume, looks) < 0
    return wrong
