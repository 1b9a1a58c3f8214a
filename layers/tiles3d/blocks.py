"""Buildings as blocks: footprints extruded from their ground to one height, where there is no model and from afar."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from cim.layers.tiles3d.mesh import Bytes, Floats, Ints, Mesh, joined
from cim.layers.tiles3d.rings import rings_of
from cim.layers.tiles3d.triangulate import GROUND, ROOF, WALL, newell, triangulated


def blocks(footprints: NDArray[np.object_], base_m: Floats, top_m: Floats) -> Mesh:
    """Extruded footprints without their floors.

    Parameters
    ----------
    footprints : NDArray[np.object_]
        Polygons or multipolygons, one building each; city coordinates, metres.
    base_m, top_m : Floats
        (N,) heights of floor and roof, metres.

    Returns
    -------
    Mesh
        Walls and roofs, with `colour` their kind of surface.
    """
    return joined([_walls(_level(footprints, base_m), top_m), triangulated(_level(footprints, top_m))])


def solid_blocks(footprints: NDArray[np.object_], base_m: Floats, top_m: Floats) -> Mesh:
    """Extruded footprints, closed by floors that look down; parameters and result as of `blocks`."""
    roofs = triangulated(_level(footprints, top_m))
    foot = roofs.position.copy()
    foot[:, 2] = base_m[roofs.feature]
    kind: Bytes = np.full(len(foot), GROUND, np.uint8)
    floors = Mesh(foot, -roofs.normal, kind, roofs.feature, roofs.indices[:, ::-1])
    return joined([floors, _walls(_level(footprints, base_m), top_m), roofs])


def block_triangles(footprints: NDArray[np.object_]) -> Ints:
    """Return the number of triangles (N,) that `blocks` makes of each footprint, or a few more."""
    return 3 * np.maximum(shapely.get_num_coordinates(footprints), 1).astype(np.int64)


def _level(footprints: NDArray[np.object_], height_m: Floats) -> NDArray[np.object_]:
    """Return footprints at a height."""
    level: NDArray[np.object_] = shapely.force_3d(shapely.force_2d(footprints), height_m)
    return level


def _walls(floors: NDArray[np.object_], top_m: Floats) -> Mesh:
    """Two triangles for each edge of a floor, seen from outside."""
    rings = rings_of(floors)
    if not len(rings.feature):
        return triangulated(floors)
    ring = np.repeat(np.arange(len(rings.start) - 1), np.diff(rings.start))
    outer = np.zeros(len(rings.start) - 1, np.bool_)
    outer[rings.first_ring[:-1]] = True
    # The outside is on the right of an outer ring that runs counter-clockwise, and of a hole that runs clockwise.
    backwards = (newell(rings)[:, 2] > 0) != outer
    turn = backwards[ring]
    x, y, next_x, next_y = rings.x, rings.y, rings.following(rings.x), rings.following(rings.y)
    start = np.stack([np.where(turn, next_x, x), np.where(turn, next_y, y), rings.z], axis=1)
    end = np.stack([np.where(turn, x, next_x), np.where(turn, y, next_y), rings.z], axis=1)
    feature = np.repeat(rings.feature[rings.polygon_of_ring], np.diff(rings.start))
    along = end - start
    length = np.hypot(along[:, 0], along[:, 1])
    kept = (length > 1e-3) & (top_m[feature] > rings.z + 1e-3)
    start, end, feature, along, length = start[kept], end[kept], feature[kept], along[kept], length[kept]
    outward = np.column_stack([along[:, 1] / length, -along[:, 0] / length, np.zeros(len(length))])
    foot = np.stack([start, end, end, start], axis=1)
    foot[:, 2:, 2] = top_m[feature][:, None]
    first = 4 * np.arange(len(start))
    halves = np.stack([first, first + 1, first + 2, first, first + 2, first + 3], axis=1).reshape(-1, 3)
    colour: Bytes = np.full(4 * len(start), WALL, np.uint8)
    return Mesh(foot.reshape(-1, 3), np.repeat(outward, 4, axis=0), colour, np.repeat(feature, 4), halves)


def roof_measures(mesh: Mesh, count: int) -> tuple[Floats, Floats, Floats]:
    """How well blocks would stand for buildings.

    Parameters
    ----------
    mesh : Mesh
        Buildings at full detail, with `colour` the kind of surface.
    count : int
        Number of buildings.

    Returns
    -------
    tuple of Floats
        (N,) lowest point, height of a block (mean height of the roofs by their area), and the largest vertical
        distance between that block's top and a roof, metres; all NaN where a building has no roof.
    """
    face = mesh.indices[mesh.colour[mesh.indices[:, 0]] == ROOF]
    owner = mesh.feature[face[:, 0]]
    a, b, c = (mesh.position[face[:, column]] for column in range(3))
    (x1, y1, z1), (x2, y2, z2) = (b - a).T, (c - a).T
    plan_area = np.abs(x1 * y2 - y1 * x2)
    area = np.bincount(owner, plan_area, minlength=count)
    moment = np.bincount(owner, plan_area * (a[:, 2] + (z1 + z2) / 3), minlength=count)
    top: Floats = np.divide(moment, area, out=np.full(count, np.nan), where=area > 0)
    roof_corner = mesh.colour == ROOF
    height, of = mesh.position[roof_corner, 2], mesh.feature[roof_corner]
    deviation = np.fmax(top - _lowest(of, height, count), -_lowest(of, -height, count) - top)
    base = np.where(area > 0, _lowest(mesh.feature, mesh.position[:, 2], count), np.nan)
    return base, top, deviation


def _lowest(group: Ints, value: Floats, count: int) -> Floats:
    """Return the least value (N,) of each group, NaN where it has none."""
    least = np.full(count, np.nan)
    order = np.argsort(group, kind="stable")
    found, first = np.unique(group[order], return_index=True)
    if len(found):
        least[found] = np.minimum.reduceat(value[order], first)
    return least
