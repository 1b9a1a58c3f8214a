"""Polygons to well-known binary, packed by numpy: three times as fast as by way of geometry objects."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cim.etl.readers.cityjson_polygons import Floats, Ints, Polygons, starts

# ISO SQL/MM part 3 numbers 1006 and 1003 are what newer software writes; PostGIS's own EWKB sets flags instead,
# and only it can carry the SRID that a binary COPY needs.
_Z, _SRID = 0x80000000, 0x20000000
_MULTIPOLYGON = np.dtype([("order", "u1"), ("type", "<u4"), ("srid", "<u4"), ("count", "<u4")])
_POLYGON = np.dtype([("order", "u1"), ("type", "<u4"), ("count", "<u4")])
_RING = np.dtype([("count", "<u4")])
_POINT = np.dtype("V24")


def multipolygon_z(polygons: Polygons, points: Floats, srid: int) -> pa.Array:
    """Return one MultiPolygonZ for each geometry, as little-endian EWKB with its SRID.

    Parameters
    ----------
    polygons
        Every geometry has at least one polygon, and every polygon one ring.
    points
        (points, 3) coordinates of the ring points; rings are closed here.
    srid
        SRID written into each.

    Returns
    -------
    pyarrow.Array
        Binary, without a copy of what was packed.
    """
    if not len(polygons.polygon_count):
        return pa.array([], pa.binary())
    ring_bytes = _RING.itemsize + _POINT.itemsize * (polygons.ring_size + 1)
    ring_at = (
        starts(ring_bytes)
        + _POLYGON.itemsize * (polygons.ring_polygon + 1)
        + _MULTIPOLYGON.itemsize * (polygons.ring_geometry + 1)
    )
    polygon_at = ring_at[starts(polygons.ring_count)] - _POLYGON.itemsize
    geometry_at = polygon_at[starts(polygons.polygon_count)] - _MULTIPOLYGON.itemsize
    buffer = np.empty(int(ring_at[-1] + ring_bytes[-1]), np.uint8)
    _put(buffer, geometry_at, _headers(_MULTIPOLYGON, _Z | _SRID | 6, polygons.polygon_count, srid))
    _put(buffer, polygon_at, _headers(_POLYGON, _Z | 3, polygons.ring_count))
    _put(buffer, ring_at, (polygons.ring_size + 1).astype("<u4"))
    first_at = ring_at + _RING.itemsize
    within = np.arange(len(points)) - np.repeat(polygons.ring_start, polygons.ring_size)
    coordinates = np.ascontiguousarray(points, dtype="<f8").view(_POINT).reshape(-1)
    _put(buffer, np.repeat(first_at, polygons.ring_size) + _POINT.itemsize * within, coordinates)
    _put(buffer, first_at + _POINT.itemsize * polygons.ring_size, coordinates[polygons.ring_start])
    ends = np.append(geometry_at, len(buffer)).astype(np.int32)
    return pa.Array.from_buffers(pa.binary(), len(geometry_at), [None, pa.py_buffer(ends), pa.py_buffer(buffer)])


def _headers(kind: np.dtype[np.void], code: int, counts: Ints, srid: int | None = None) -> npt.NDArray[np.void]:
    """Return the bytes that open each geometry."""
    headers = np.empty(len(counts), kind)
    headers["order"], headers["type"], headers["count"] = 1, code, counts
    if srid is not None:
        headers["srid"] = srid
    return headers


def _put(buffer: npt.NDArray[np.uint8], at: Ints, records: npt.NDArray[np.generic]) -> None:
    """Write records of equal size at any byte offsets."""
    size = records.dtype.itemsize
    # A view with one element for each byte: elements overlap, so that any offset is an index.
    anywhere = np.ndarray((len(buffer) - size + 1,), np.dtype(f"V{size}"), buffer, strides=(1,))
    anywhere[at] = records.view(f"V{size}")
