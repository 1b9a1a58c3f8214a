"""Corners of polygons, flat: from shapely geometries, or straight from the bytes that the database sends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from struct import Struct

import numpy as np
import shapely
from numpy.typing import NDArray

from cim.layers.tiles3d.mesh import Floats, Ints

# EWKB, little-endian: flags of the type word, and the one type that the tables hold.
_Z, _SRID, _MULTIPOLYGON = 0x80000000, 0x20000000, 6
_COUNT = Struct("<I").unpack_from


@dataclass(frozen=True)
class Rings:
    """Corners of polygons of many features, without the repeated closing corner."""

    x: Floats
    """(C,) metres; columns on their own, which numpy walks several times faster than rows of three."""
    y: Floats
    """(C,) metres."""
    z: Floats
    """(C,) metres."""
    start: Ints
    """(R + 1,) first corner of each ring."""
    first_ring: Ints
    """(P + 1,) first ring of each polygon; the others of a polygon are holes."""
    feature: Ints
    """(P,) feature of each polygon."""

    def following(self, column: Floats) -> Floats:
        """Return the value (C,) at the next corner around each ring."""
        after = np.empty_like(column)
        after[:-1] = column[1:]
        after[self.start[1:] - 1] = column[self.start[:-1]]
        return after

    @property
    def polygon_of_ring(self) -> Ints:
        """(R,) polygon of each ring."""
        return np.repeat(np.arange(len(self.feature)), np.diff(self.first_ring))


def rings_of(geometries: NDArray[np.object_]) -> Rings:
    """Return the corners of polygons or multipolygons with Z, one feature each; missing ones have no polygon.

    Parameters
    ----------
    geometries : NDArray[np.object_]
        Shapely geometries, any frame in metres.
    """
    kept = np.flatnonzero(~(shapely.is_missing(geometries) | shapely.is_empty(geometries)))
    parts, owner = shapely.get_parts(geometries[kept], return_index=True)
    solid = ~shapely.is_empty(parts)
    parts, owner = parts[solid], owner[solid]
    rings = shapely.get_rings(parts)
    points = shapely.get_coordinates(parts, include_z=True)
    sizes = shapely.get_num_points(rings).astype(np.int64)
    ring_count = shapely.get_num_interior_rings(parts).astype(np.int64) + 1
    is_open = np.ones(len(points), np.bool_)
    is_open[np.cumsum(sizes) - 1] = False
    return _rings([column[is_open] for column in points.T], sizes - 1, ring_count, kept[owner])


def rings_of_wkb(geometries: Sequence[bytes]) -> Rings:
    """Return the corners of multipolygons with Z as the database sends them, one feature each.

    Making shapely's objects of millions of small faces, only to take them apart, costs as much as meshing them.

    Parameters
    ----------
    geometries : Sequence[bytes]
        Little-endian EWKB of type MultiPolygonZ; anything else is left to shapely.
    """
    sizes: list[int] = []
    starts: list[int] = []
    ring_count: list[int] = []
    faces: list[int] = []
    base = 0
    for data in geometries:
        if not _is_plain(data):
            return rings_of(shapely.from_wkb(np.array(geometries, object)))
        at = 9 if _COUNT(data, 1)[0] & _SRID else 5
        (polygons,) = _COUNT(data, at)
        at += 4
        for _ in range(polygons):
            # Byte order and type, without an SRID of their own, then rings.
            (rings,) = _COUNT(data, at + 5)
            if not rings:
                return rings_of(shapely.from_wkb(np.array(geometries, object)))
            ring_count.append(rings)
            at += 9
            for _ in range(rings):
                (corners,) = _COUNT(data, at)
                sizes.append(corners)
                starts.append(base + at + 4)
                at += 4 + 24 * corners
        faces.append(polygons)
        base += len(data)
    columns = _gathered(b"".join(geometries), np.array(starts, np.int64), np.array(sizes, np.int64) - 1)
    owner = np.repeat(np.arange(len(faces)), np.array(faces, np.int64))
    return _rings(columns, np.array(sizes, np.int64) - 1, np.array(ring_count, np.int64), owner)


def _is_plain(data: bytes) -> bool:
    if data[0] != 1:
        return False
    (kind,) = _COUNT(data, 1)
    return bool(kind & _Z) and kind & 0xFF == _MULTIPOLYGON


def _gathered(data: bytes, start: Ints, size: Ints) -> list[Floats]:
    """Columns x, y, z of corners that begin at bytes `start`, which lie at any of 8 alignments."""
    first = np.concatenate([[0], np.cumsum(size)])
    columns = [np.empty(int(first[-1])) for _ in range(3)]
    for shift in range(8):
        here = np.flatnonzero((start % 8 == shift) & (size > 0))
        if not len(here):
            continue
        words = np.frombuffer(data, "<f8", count=(len(data) - shift) // 8, offset=shift)
        within = _ramp(size[here])
        source = np.repeat((start[here] - shift) // 8, size[here]) + 3 * within
        target = np.repeat(first[here], size[here]) + within
        for axis, column in enumerate(columns):
            column[target] = words[source + axis]
    return columns


def _ramp(size: Ints) -> Ints:
    """0, 1, … size - 1 for each size, end to end."""
    return np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)


def _rings(columns: Iterable[Floats], sizes: Ints, ring_count: Ints, owner: Ints) -> Rings:
    x, y, z = (np.ascontiguousarray(column) for column in columns)
    start = np.concatenate([[0], np.cumsum(sizes)])
    return Rings(x, y, z, start, np.concatenate([[0], np.cumsum(ring_count)]), owner)
