"""A small cloud-optimised point cloud (COPC 1.0), written from its specification, since laspy only reads them.

Layout: LAS 1.4 header, the info record first of all records, LAZ chunks of one octree node each, and the hierarchy of
nodes as an extended record at the end.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import laspy
import lazrs
import numpy as np

_HEADER_BYTES = 375
_RECORD = struct.Struct("<H16sHH32s")
_EXTENDED = struct.Struct("<H16sHQ32s")
_NODE = struct.Struct("<4iQ2i")
_INFO = struct.Struct("<5d2Q2d11Q")


def write_copc(path: Path, points: laspy.LasData) -> Path:
    """Write points as an octree: every other point in the root, the rest in its children.

    Parameters
    ----------
    points
        Points of a format from 6 to 8, with a CRS.
    """
    kind = points.header.point_format.id
    laszip = lazrs.LazVlr.new_for_compression(kind, 0, use_variable_size_chunks=True)
    wkt = points.header.parse_crs().to_wkt("WKT1_GDAL").encode() + b"\0"
    records = [
        _record(b"copc", 1, bytes(_INFO.size)),
        _record(b"laszip encoded", 22204, laszip.record_data()),
        _record(b"LASF_Projection", 2112, wkt),
    ]
    start = _HEADER_BYTES + sum(map(len, records))
    head = bytearray(_plain_header(points))
    struct.pack_into("<IIB", head, 96, start, len(records), 0x80 | kind)
    file = io.BytesIO()
    file.write(bytes(head) + b"".join(records))
    centre = (points.header.mins + points.header.maxs) / 2
    half = float((points.header.maxs - points.header.mins).max() / 2) + 0.01
    hierarchy = b"".join(_NODE.pack(*node) for node in _chunks(file, laszip, points, centre))
    at = file.seek(0, io.SEEK_END)
    file.write(_EXTENDED.pack(0, b"copc", 1000, len(hierarchy), b"") + hierarchy)
    file.seek(_HEADER_BYTES + _RECORD.size)
    file.write(_INFO.pack(*centre, half, half / 64, at + _EXTENDED.size, len(hierarchy), 0, 0, *[0] * 11))
    file.seek(235)
    file.write(struct.pack("<QI", at, 1))
    path.write_bytes(file.getvalue())
    return path


def _record(user: bytes, number: int, data: bytes) -> bytes:
    return _RECORD.pack(0, user, number, len(data), b"") + data


def _plain_header(points: laspy.LasData) -> bytes:
    """The header of the same points in a LAS file: counts, scales and bounds are right in it."""
    plain = io.BytesIO()
    points.write(plain, do_compress=False)
    return plain.getvalue()[:_HEADER_BYTES]


def _chunks(file: io.BytesIO, laszip: Any, points: laspy.LasData, centre: np.ndarray) -> Iterator[tuple[int, ...]]:
    """Write a chunk a node, and yield level, x, y, z of the node, then place, bytes and points of its chunk."""
    compressor = lazrs.LasZipCompressor(file, laszip)
    compressor.reserve_offset_to_chunk_table()
    side = (points.xyz > centre).astype(int)
    octant = np.where(np.arange(len(side)) % 2, side @ [1, 2, 4], -1)
    for number in np.unique(octant).tolist():
        node = (0, 0, 0, 0) if number < 0 else (1, number & 1, number >> 1 & 1, number >> 2 & 1)
        chosen = points.points.array[octant == number]
        at = file.tell()
        compressor.compress_many(np.frombuffer(chosen.tobytes(), np.uint8))
        compressor.finish_current_chunk()
        yield (*node, at, file.tell() - at, len(chosen))
    compressor.done()
