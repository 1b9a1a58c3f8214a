"""Footprints of city objects, taken from the best of their geometries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from cim.etl.readers.cityjson_pieces import Piece
from cim.etl.readers.cityjson_polygons import Bools, Floats, Ints, Polygons, starts
from cim.etl.readers.cityjson_semantics import GROUND
from cim.etl.readers.cityjson_surfaces import Surfaces

Shapes = npt.NDArray[np.object_]

_STEEP = 0.01
"""A polygon whose normal leans less than this from the horizontal is a wall: it has no projection."""

_MANY = 200
"""From this many polygons on it is worth trying whether they are a coverage."""

_BY_LOD, _BY_GROUND, _BY_FACING = 0, 1, 2
"""What shows a footprint, the best lowest: LoD 0, ground surfaces, the way that polygons face."""


def level_number(lod: str) -> float:
    """Return a level of detail as a number; -1 where it is none."""
    try:
        return float(lod)
    except ValueError:
        return -1.0


def footprints(found: Surfaces, objects: int) -> tuple[Shapes, list[int]]:
    """Return the footprint of each object, and the positions of those that had to be made valid.

    The geometry is, in this order: LoD 0; the lowest level with ground surfaces; the lowest level, of which
    the polygons that face down (of a solid) or are not walls.

    Parameters
    ----------
    found
        Surfaces of the batch.
    objects
        How many objects there are.

    Returns
    -------
    tuple
        (objects,) MultiPolygons or None, and positions.
    """
    wanted = _footing(found)
    owner = np.fromiter((piece.owner for piece in found.pieces), np.int64, len(found.pieces))
    shapes = _flat_polygons(found.polygons, found.points, wanted)
    polygon_owner = owner[found.polygons.polygon_geometry[wanted]]
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    out = np.full(objects, None, dtype=object)
    _merge(out, shapes, polygon_owner)
    return out, sorted(set(polygon_owner[broken].tolist()))


def _merge(out: Shapes, shapes: Shapes, owner: Ints) -> None:
    """Put the union of each owner's polygons into its place."""
    order = np.argsort(owner, kind="stable")
    shapes = shapes[order]
    owners, first, count = np.unique(owner[order], return_index=True, return_counts=True)
    single = (count == 1) & (shapely.get_type_id(shapes[first]) == shapely.GeometryType.POLYGON)
    single &= ~shapely.is_empty(shapes[first])
    out[owners[single]] = shapely.multipolygons(shapes[first[single]], indices=np.arange(int(single.sum())))
    for position, begin, size in zip(owners[~single].tolist(), first[~single].tolist(), count[~single], strict=True):
        out[position] = areas(_union(shapes[begin : begin + size]))


def _union(shapes: Shapes) -> shapely.Geometry:
    """Return the union; of very many polygons, a terrain's, as the coverage that they are where they do not overlap.

    A union takes a minute for 20,000 triangles, a coverage's a fifth of a second. It is one where no area is lost.
    """
    if len(shapes) >= _MANY and (shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON).all():
        whole = shapely.coverage_union_all(shapes)
        if shapely.is_valid(whole) and np.isclose(shapely.area(whole), shapely.area(shapes).sum(), rtol=1e-9):
            return whole
    return shapely.union_all(shapes)


def areas(shape: shapely.Geometry | None) -> shapely.MultiPolygon | None:
    """Return the polygons of a geometry as a MultiPolygon; None where it has none."""
    if shape is None or shapely.is_empty(shape):
        return None
    if isinstance(shape, shapely.MultiPolygon):
        return shape
    parts = [part for part in shapely.get_parts(shape, return_index=False) if part.geom_type == "Polygon"]
    nested = [part for part in shapely.get_parts(shape) if part.geom_type == "MultiPolygon"]
    parts += [inner for part in nested for inner in part.geoms]
    return shapely.MultiPolygon(parts) if parts else None


def _footing(found: Surfaces) -> Bools:
    """Return which polygons make up the footprints."""
    ground = found.kind == GROUND
    grounded = np.bincount(found.polygons.polygon_geometry[ground], minlength=len(found.pieces)) > 0
    rank = _ranks(found.pieces, grounded)
    best: dict[int, tuple[int, float]] = {}
    for piece, place in zip(found.pieces, rank, strict=True):
        best[piece.owner] = min(best.get(piece.owner, place), place)
    chosen = np.array([best[piece.owner] == place for piece, place in zip(found.pieces, rank, strict=True)], dtype=bool)
    by_ground = np.array([place[0] == _BY_GROUND for place in rank], dtype=bool)
    by_facing = np.array([place[0] == _BY_FACING for place in rank], dtype=bool)
    geometry = found.polygons.polygon_geometry
    wanted: Bools = chosen[geometry] & (ground | ~by_ground[geometry])
    facing = wanted & by_facing[geometry]
    wanted[facing] = _projecting(found, facing)
    return wanted


def _ranks(pieces: Sequence[Piece], grounded: Bools) -> list[tuple[int, float]]:
    """Rank geometries by how well they show the footprint, the best lowest."""
    numbers = {lod: level_number(lod) for lod in {piece.lod for piece in pieces}}
    return [
        (_BY_LOD if 0 <= numbers[piece.lod] < 1 else _BY_GROUND if has_ground else _BY_FACING, numbers[piece.lod])
        for piece, has_ground in zip(pieces, grounded.tolist(), strict=True)
    ]


def _projecting(found: Surfaces, wanted: Bools) -> Bools:
    """Return, of the wanted polygons, those whose projection counts."""
    normal = outer_normals(found.polygons, found.points, wanted)
    length = np.linalg.norm(normal, axis=1)
    lean = normal[:, 2] / np.where(length > 0, length, 1.0)
    solid = np.array(["Solid" in piece.kind for piece in found.pieces], dtype=bool)
    geometry = found.polygons.polygon_geometry[wanted]
    down = lean < -_STEEP
    # A solid that is open below, or inside out, has nothing that faces down: then all but its walls count.
    has_down = np.bincount(geometry[down], minlength=len(found.pieces)) > 0
    one_side = (solid & has_down)[geometry]
    return np.where(one_side, down, np.abs(lean) > _STEEP)


def outer_normals(polygons: Polygons, points: Floats, wanted: Bools) -> Floats:
    """Return Newell normals of the outer rings of the wanted polygons; their length is twice the area."""
    ring = starts(polygons.ring_count)[wanted]
    size = polygons.ring_size[ring]
    first = starts(size)
    here = np.arange(int(size.sum())) + np.repeat(polygons.ring_start[ring] - first, size)
    # Taken from each ring's first point: city coordinates are millions of metres, and their products would drown it.
    local = points[here] - np.repeat(points[polygons.ring_start[ring]], size, axis=0)
    following = np.arange(len(here)) + 1
    following[first + size - 1] = first
    after = local[following]
    x, y, z = (local - after).T
    sums = local + after
    terms = np.column_stack([y * sums[:, 2], z * sums[:, 0], x * sums[:, 1]])
    return np.add.reduceat(terms, first, axis=0) if len(first) else np.empty((0, 3))


def _flat_polygons(polygons: Polygons, points: Floats, wanted: Bools) -> Shapes:
    """Return the wanted polygons as two-dimensional shapes."""
    ring = wanted[polygons.ring_polygon]
    coordinates = points[np.repeat(ring, polygons.ring_size), :2]
    size = polygons.ring_size[ring]
    first = starts(size)
    closed = np.insert(np.arange(len(coordinates)), first + size, first)
    ring_ends = np.concatenate([[0], np.cumsum(size + 1)])
    polygon_ends = np.concatenate([[0], np.cumsum(polygons.ring_count[wanted])])
    kind = shapely.GeometryType.POLYGON
    shapes = shapely.from_ragged_array(kind, coordinates[closed], (ring_ends, polygon_ends))
    return np.asarray(shapes, dtype=object)
