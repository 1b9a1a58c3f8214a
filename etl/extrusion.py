"""Blocks (LoD1) of footprints, as solids with kinds of surface: a load keeps foot and top, an export makes the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim.etl.records import Geometries
from cim.etl.rings import HEAD, Ints, heads, rings_of, scatter, starts, unwrapped, within

GROUND, WALL, ROOF = 1, 2, 3
"""Kinds of surface, as `city.building_lod.surface` numbers them."""

Floats = npt.NDArray[np.float64]

_SMALL_INTS = pa.list_(pa.int16())

_POLYGON_Z, _MULTIPOLYGON_Z = 1003, 1006
"""WKB's numbers, ISO 19125 with heights."""

_WALL = np.dtype([("head", HEAD), ("points", "<u4"), ("xyz", "<f8", (5, 3))])

_AT_ONCE = 2_048
"""Blocks written at once: what fits a processor's cache is written three times as fast."""


def blocks(ground_m: Floats, height_m: Floats) -> dict[str, Floats]:
    """Return `block_base_m` and `block_top_m` of buildings; NaN where a height is unknown or not above 0.

    Parameters
    ----------
    ground_m
        (n,) city heights of the ground, metres.
    height_m
        (n,) heights above it, metres.
    """
    usable = (height_m > 0) & np.isfinite(ground_m) & np.isfinite(height_m)
    top = ground_m + np.where(usable, height_m, np.nan)
    return {"block_base_m": np.where(usable, ground_m, np.nan), "block_top_m": top}


def extruded(footprints: Geometries, base_m: Floats, top_m: Floats) -> pd.DataFrame:
    """Return rows of `building_lod` for footprints with a block.

    Parameters
    ----------
    footprints
        (n,) shapely polygons or multipolygons in the city's CRS; others get no row.
    base_m
        (n,) city heights of the block's foot, metres.
    top_m
        (n,) city heights of its top, metres; NaN or not above the foot: no row.

    Returns
    -------
    pandas.DataFrame
        Columns `parent` (position of the footprint), `lod` (`1`), `geometry_type` (`Solid`, or `MultiSolid` for a
        footprint in several parts), `geom` (WKB), `solid` and `surface`. Faces look outward: the ground clockwise from
        above, the roof counter-clockwise; each wall has four corners.
    """
    usable = (top_m > base_m) & np.isfinite(base_m) & np.isfinite(top_m) & ~shapely.is_empty(footprints)
    usable &= np.isin(shapely.get_type_id(footprints), [3, 6])
    rows = np.flatnonzero(usable)
    areas = unwrapped(footprints[rows])
    simple = (shapely.get_type_id(areas) == 3) & (shapely.get_num_interior_rings(areas) == 0)
    tables = _simple_blocks(areas[simple], rows[simple], base_m, top_m)
    intricate = np.flatnonzero(~simple)
    for first in range(0, len(intricate), _AT_ONCE):
        some = intricate[first : first + _AT_ONCE]
        tables.append(_blocks(areas[some], rows[some], base_m, top_m))
    table = pa.concat_tables(tables or [_table([], pa.array([], pa.binary()), _lists([], []), None)])
    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def _simple_blocks(
    polygons: Geometries, parents: npt.NDArray[np.int64], base_m: Floats, top_m: Floats
) -> list[pa.Table]:
    """Blocks of footprints of one ring: all with the same number of corners are written at once."""
    points, owner = shapely.get_coordinates(polygons, return_index=True)
    corners = np.bincount(owner, minlength=len(polygons)) - 1
    starts = np.concatenate([[0], np.cumsum(corners + 1)])
    tables = []
    for count in np.unique(corners).tolist():
        alike = np.flatnonzero(corners == count)
        surface = np.array([GROUND, ROOF] + [WALL] * count, dtype=np.int16)
        for first in range(0, len(alike), _AT_ONCE):
            group = alike[first : first + _AT_ONCE]
            rings = points[starts[group][:, None] + np.arange(count)]
            rows = parents[group]
            wkb = _prisms(_counterclockwise(rings), base_m[rows], top_m[rows])
            kinds = _lists(np.tile(surface, len(rows)), np.full(len(rows), count + 2))
            tables.append(_table(rows, wkb, kinds, None))
    return tables


def _counterclockwise(rings: Floats) -> Floats:
    """Return (n, k, 2) open rings, turned where they ran clockwise."""
    x, y = rings[:, :, 0] - rings[:, :1, 0], rings[:, :, 1] - rings[:, :1, 1]
    area = (x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1)
    return np.where((area < 0)[:, None, None], rings[:, ::-1], rings)


def _prisms(rings: Floats, low_m: Floats, high_m: Floats) -> pa.Array:
    """WKB of the blocks over (n, k, 2) counter-clockwise open rings."""
    count, corners = rings.shape[:2]

    def face(points: int) -> Any:
        return [("order", "u1"), ("type", "<u4"), ("rings", "<u4"), ("points", "<u4"), ("xyz", "<f8", (points, 3))]

    kind = np.dtype(
        [
            ("order", "u1"),
            ("type", "<u4"),
            ("faces", "<u4"),
            ("ends", face(corners + 1), (2,)),
            ("walls", face(5), (corners,)),
        ]
    )
    out = np.zeros(count, dtype=kind)
    out["order"], out["type"], out["faces"] = 1, _MULTIPOLYGON_Z, corners + 2
    for part, points in (("ends", corners + 1), ("walls", 5)):
        faces = out[part]
        faces["order"], faces["type"], faces["rings"], faces["points"] = 1, _POLYGON_Z, 1, points
    closed = np.concatenate([rings, rings[:, :1]], axis=1)
    floor, roof, walls = out["ends"]["xyz"][:, 0], out["ends"]["xyz"][:, 1], out["walls"]["xyz"]
    floor[:, :, :2], floor[:, :, 2] = closed[:, ::-1], low_m[:, None]
    roof[:, :, :2], roof[:, :, 2] = closed, high_m[:, None]
    walls[:, :, [0, 3, 4], :2] = rings[:, :, None]
    walls[:, :, [1, 2], :2] = closed[:, 1:, None]
    walls[:, :, [0, 1, 4], 2] = low_m[:, None, None]
    walls[:, :, [2, 3], 2] = high_m[:, None, None]
    ends = np.arange(count + 1, dtype=np.int32) * kind.itemsize
    return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(ends), pa.py_buffer(out)])


def _blocks(areas: Geometries, parents: Ints, base_m: Floats, top_m: Floats) -> pa.Table:
    """Blocks of footprints with courtyards or several parts: for each part its floor, its roof and its walls."""
    areas = shapely.orient_polygons(areas)
    low, high = base_m[parents], top_m[parents]
    points, rings = shapely.get_coordinates(areas), rings_of(areas)
    ring_bytes = 4 + 24 * rings.lengths
    flat, edges = rings.sums_by_part(ring_bytes), rings.sums_by_part(rings.lengths - 1)
    part_bytes = 2 * (9 + flat) + _WALL.itemsize * edges
    faces = rings.sums_by_area(2 + edges, len(areas))
    lengths = 9 + rings.sums_by_area(part_bytes, len(areas))
    out = np.empty(int(lengths.sum()), dtype=np.uint8)
    scatter(out, starts(lengths), heads(_MULTIPOLYGON_Z, faces))
    floors = starts(part_bytes) + 9 * (rings.areas + 1)
    area = rings.areas[rings.parts]
    ring_places = starts(ring_bytes) - starts(flat)[rings.parts] + 9
    for places, heights, backward in ((floors, low, True), (floors + 9 + flat, high, False)):
        scatter(out, places, heads(_POLYGON_Z, np.bincount(rings.parts, minlength=len(rings.areas))))
        _write_rings(out, places[rings.parts] + ring_places, rings.lengths, points, heights[area], backward)
    walls = np.repeat(floors + 2 * (9 + flat), edges) + _WALL.itemsize * within(edges)
    scatter(out, walls, _walls(points, rings.lengths, low[area], high[area]))
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    wkb = pa.Array.from_buffers(pa.binary(), len(areas), [None, pa.py_buffer(ends), pa.py_buffer(out)])
    return _table(parents, wkb, _lists(_kinds(edges), faces), _solids(rings.areas, 2 + edges, faces))


def _write_rings(
    out: npt.NDArray[np.uint8], places: Ints, lengths: Ints, points: Floats, height_m: Floats, backward: bool
) -> None:
    """Write rings at their places and heights, turned round for a floor."""
    scatter(out, places, lengths.astype("<u4"))
    number = within(lengths)
    behind = np.repeat(lengths, lengths) - 1 - number if backward else number
    rows = np.empty(len(points), dtype=[("xy", "<f8", 2), ("z", "<f8")])
    rows["xy"], rows["z"] = points, np.repeat(height_m, lengths)
    scatter(out, np.repeat(places + 4, lengths) + 24 * behind, rows)


def _walls(points: Floats, lengths: Ints, low_m: Floats, high_m: Floats) -> npt.NDArray[Any]:
    """Return a wall for each edge of each ring."""
    first = np.flatnonzero(within(lengths) < np.repeat(lengths, lengths) - 1)
    out = np.empty(len(first), dtype=_WALL)
    out["head"], out["points"] = heads(_POLYGON_Z, np.ones(len(first), dtype=np.int64)), 5
    xyz = out["xyz"]
    xyz[:, [0, 3, 4], :2], xyz[:, [1, 2], :2] = points[first, None], points[first + 1, None]
    low, high = (np.repeat(height, lengths)[first, None] for height in (low_m, high_m))
    xyz[:, [0, 1, 4], 2], xyz[:, [2, 3], 2] = low, high
    return out


def _kinds(edges: Ints) -> npt.NDArray[np.int16]:
    """Return the kind of every face: of each part its floor, its roof, its walls."""
    out = np.full(int((2 + edges).sum()), WALL, dtype=np.int16)
    floors = starts(2 + edges)
    out[floors], out[floors + 1] = GROUND, ROOF
    return out


def _solids(areas: Ints, faces_of_part: Ints, faces: Ints) -> pa.Array:
    """Return the number of each face's part within its footprint; null where there is but one."""
    parts = np.bincount(areas, minlength=len(faces))
    number = np.repeat(within(parts), faces_of_part).astype(np.int16)
    return pc.if_else(pa.array(parts > 1), _lists(number, faces), pa.scalar(None, _SMALL_INTS))


def _lists(values: Any, lengths: Any) -> pa.Array:
    """Return small numbers as a list for each row."""
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(np.asarray(values, dtype=np.int16)))


def _table(parents: Any, wkb: pa.Array, surface: pa.Array, solid: pa.Array | None) -> pa.Table:
    """Return rows of blocks."""
    count = len(wkb)
    solid = pa.nulls(count, _SMALL_INTS) if solid is None else solid
    return pa.table(
        {
            "parent": pa.array(np.asarray(parents, dtype=np.int64)),
            "lod": pa.repeat(pa.scalar("1"), count),
            "geometry_type": pc.if_else(solid.is_valid(), "MultiSolid", "Solid"),
            "geom": wkb,
            "solid": solid,
            "surface": surface,
        }
    )
