"""Blocks (LoD1) from footprints: each footprint is raised from its ground to its height."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from cim.etl.records import Geometries

GROUND, WALL, ROOF = 1, 2, 3
"""Kinds of surface, as `city.building_lod.surface` numbers them."""

Floats = npt.NDArray[np.float64]

_POLYGON_Z, _MULTIPOLYGON_Z = 1003, 1006
"""WKB's numbers, ISO 19125 with heights."""

_AT_ONCE = 2_048
"""Blocks written at once: what fits a processor's cache is written three times as fast."""


def extruded(footprints: Geometries, ground_m: Floats, height_m: Floats) -> pd.DataFrame:
    """Return rows of `building_lod` for footprints with a height.

    Parameters
    ----------
    footprints
        (n,) shapely polygons or multipolygons in the city's CRS; others get no row.
    ground_m
        (n,) city heights of the ground, metres.
    height_m
        (n,) heights above it, metres; NaN or not above 0: no row.

    Returns
    -------
    pandas.DataFrame
        Columns `parent` (position of the footprint), `lod` (`1`), `geometry_type` (`Solid`, or `MultiSolid` for a
        footprint in several parts), `geom` (WKB), `solid` and `surface`. Faces look outward: the ground clockwise from
        above, the roof counter-clockwise; each wall has four corners.
    """
    usable = (height_m > 0) & np.isfinite(ground_m) & np.isfinite(height_m) & ~shapely.is_empty(footprints)
    usable &= np.isin(shapely.get_type_id(footprints), [3, 6])
    rows = np.flatnonzero(usable)
    single = footprints[rows]
    alone = (shapely.get_type_id(single) == 6) & (shapely.get_num_geometries(single) == 1)
    single[alone] = shapely.get_geometry(single[alone], 0)
    simple = (shapely.get_type_id(single) == 3) & (shapely.get_num_interior_rings(single) == 0)
    tables = _simple_blocks(single[simple], rows[simple], ground_m, height_m)
    tables += [_one_block(footprints[row], row, ground_m[row], height_m[row]) for row in rows[~simple].tolist()]
    table = pa.concat_tables(tables) if tables else _table([], pa.array([], pa.binary()), [], [])
    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def _simple_blocks(
    polygons: Geometries, parents: npt.NDArray[np.int64], ground_m: Floats, height_m: Floats
) -> list[pa.Table]:
    """Blocks of footprints of one ring: all with the same number of corners are written at once."""
    points, owner = shapely.get_coordinates(polygons, return_index=True)
    corners = np.bincount(owner, minlength=len(polygons)) - 1
    starts = np.concatenate([[0], np.cumsum(corners + 1)])
    tables = []
    for count in np.unique(corners).tolist():
        alike = np.flatnonzero(corners == count)
        surface = [GROUND, ROOF] + [WALL] * count
        for first in range(0, len(alike), _AT_ONCE):
            group = alike[first : first + _AT_ONCE]
            rings = points[starts[group][:, None] + np.arange(count)]
            rows = parents[group]
            wkb = _prisms(_counterclockwise(rings), ground_m[rows], ground_m[rows] + height_m[rows])
            tables.append(_table(rows, wkb, surface, None))
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


def _one_block(footprint: shapely.Geometry, row: int, low_m: float, rise_m: float) -> pa.Table:
    """One block of a footprint with courtyards or several parts."""
    faces: list[shapely.Polygon] = []
    surface: list[int] = []
    solid: list[int] = []
    parts = shapely.get_parts(shapely.orient_polygons(footprint, exterior_cw=False)).tolist()
    for number, part in enumerate(parts):
        rings = [np.asarray(ring.coords)[:, :2] for ring in (part.exterior, *part.interiors)]
        floor, roof = ([_raised(ring, height) for ring in rings] for height in (low_m, low_m + rise_m))
        faces.append(shapely.Polygon(floor[0][::-1], [ring[::-1] for ring in floor[1:]]))
        faces.append(shapely.Polygon(roof[0], roof[1:]))
        for below, above in zip(floor, roof, strict=True):
            corners = (below[:-1], below[1:], above[1:], above[:-1], below[:-1])
            faces += np.asarray(shapely.polygons(np.stack(corners, axis=1))).tolist()
        surface += [GROUND, ROOF] + [WALL] * (len(faces) - len(surface) - 2)
        solid += [number] * (len(faces) - len(solid))
    wkb = pa.array([shapely.to_wkb(shapely.multipolygons(faces))], pa.binary())
    return _table([row], wkb, surface, solid if len(parts) > 1 else None)


def _raised(ring: Floats, height_m: float) -> Floats:
    """Return a ring at a height."""
    return np.column_stack([ring, np.full(len(ring), height_m)])


def _table(parents: Any, wkb: pa.Array, surface: list[int], solid: list[int] | None) -> pa.Table:
    """Rows of blocks that share their surfaces."""
    count = len(wkb)
    kinds = pa.array([surface], pa.list_(pa.int16()))
    solids = pa.array([solid], pa.list_(pa.int16()))
    same = pa.array(np.zeros(count, dtype=np.int64))
    return pa.table(
        {
            "parent": pa.array(np.asarray(parents, dtype=np.int64)),
            "lod": pa.repeat(pa.scalar("1"), count),
            "geometry_type": pa.repeat(pa.scalar("MultiSolid" if solid else "Solid"), count),
            "geom": wkb,
            "solid": solids.take(same),
            "surface": kinds.take(same),
        }
    )
