"""A reader of quantized-mesh tiles, written from the specification and knowing nothing of the writer."""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass

import numpy as np
import shapely


@dataclass
class TileFile:
    """A decoded tile."""

    z: int
    x: int
    y: int
    header: tuple
    u: np.ndarray
    v: np.ndarray
    height: np.ndarray
    triangles: np.ndarray
    edges: dict
    normals: np.ndarray | None

    @property
    def size(self) -> float:
        return 180 / 2**self.z

    @property
    def longitude(self) -> np.ndarray:
        return -180 + (self.x + self.u / 32767) * self.size

    @property
    def latitude(self) -> np.ndarray:
        return -90 + (self.y + self.v / 32767) * self.size

    def heights_at(self, longitude, latitude) -> np.ndarray:
        """Heights of places by barycentric coordinates of the triangle that holds each; NaN where none does."""
        u = ((np.asarray(longitude) + 180) / self.size - self.x) * 32767
        v = ((np.asarray(latitude) + 90) / self.size - self.y) * 32767
        corners = np.dstack([self.u[self.triangles], self.v[self.triangles]]).astype(float)
        tree = shapely.STRtree(shapely.polygons(np.concatenate([corners, corners[:, :1]], axis=1)))
        place, triangle = tree.query(shapely.points(u, v), predicate="dwithin", distance=1e-3)
        (ua, va), (ub, vb), (uc, vc) = np.moveaxis(corners[triangle], 1, 0).swapaxes(1, 2)
        doubled = (ub - ua) * (vc - va) - (uc - ua) * (vb - va)
        second = ((u[place] - ua) * (vc - va) - (uc - ua) * (v[place] - va)) / doubled
        third = ((ub - ua) * (v[place] - va) - (u[place] - ua) * (vb - va)) / doubled
        weights = np.column_stack([1 - second - third, second, third])
        found = np.full(u.shape, np.nan)
        found[place] = np.sum(weights * self.height[self.triangles[triangle]], axis=1)
        return found


def read(content: bytes, z: int, x: int, y: int) -> TileFile:
    """Decode a gzipped tile."""
    data = gzip.decompress(content)
    header = struct.unpack_from("<3d2f4d3d", data)
    (count,) = struct.unpack_from("<I", data, 88)
    at = 92
    raw = np.frombuffer(data, "<u2", 3 * count, at).astype(np.int64).reshape(3, count)
    u, v, h = np.cumsum((raw >> 1) ^ -(raw & 1), axis=1)
    at += 6 * count
    wide = count > 65536
    at += -at % (4 if wide else 2)
    (faces,) = struct.unpack_from("<I", data, at)
    kind, size = ("<u4", 4) if wide else ("<u2", 2)
    codes = np.frombuffer(data, kind, 3 * faces, at + 4).astype(np.int64)
    at += 4 + size * 3 * faces
    indices, highest = [], 0
    for code in codes:
        indices.append(highest - code)
        highest += code == 0
    edges = {}
    for side in ("west", "south", "east", "north"):
        (number,) = struct.unpack_from("<I", data, at)
        edges[side] = np.frombuffer(data, kind, number, at + 4).astype(np.int64)
        at += 4 + size * number
    normals = None
    while at < len(data):
        extension, length = struct.unpack_from("<BI", data, at)
        if extension == 1:
            normals = oct_decoded(np.frombuffer(data, np.uint8, length, at + 5).reshape(-1, 2))
        at += 5 + length
    assert at == len(data)
    height = header[3] + h / 32767 * (header[4] - header[3])
    return TileFile(z, x, y, header, u, v, height, np.array(indices).reshape(-1, 3), edges, normals)


def oct_decoded(packed) -> np.ndarray:
    """Unit vectors of octahedral coordinates, as CesiumJS's AttributeCompression.octDecode has it."""
    x, y = packed.T / 255 * 2 - 1
    z = 1 - np.abs(x) - np.abs(y)
    folded_x = np.where(z < 0, (1 - np.abs(y)) * np.where(x < 0, -1, 1), x)
    folded_y = np.where(z < 0, (1 - np.abs(x)) * np.where(y < 0, -1, 1), y)
    vectors = np.column_stack([folded_x, folded_y, z])
    return vectors / np.linalg.norm(vectors, axis=1)[:, None]
