"""Encodes terrain meshes as quantized-mesh 1.0 with octvertexnormals, the terrain format that CesiumJS reads.

Written here because the encoder on PyPI takes positions as float32 degrees, 0.8 m at 106 degrees east, finds the
vertices of the edges in them, and cuts heights off instead of rounding them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEPS = 32767
"""Largest quantized coordinate."""
SEMI_MAJOR_M = 6_378_137.0
SEMI_MINOR_M = 6_356_752.3142451793
_OCT_VERTEX_NORMALS = 1
_SMALL_MESH = 65_536


@dataclass(frozen=True)
class Mesh:
    """A tile's surface."""

    u: Ints
    """(n,) place from west to east, 0..32767."""
    v: Ints
    """(n,) place from south to north, 0..32767."""
    heights: Floats
    """(n,) metres above the ellipsoid."""
    triangles: Ints
    """(m, 3) vertices of each triangle, counter-clockwise from above."""
    positions: Floats
    """(n, 3) Earth-centred coordinates, metres."""
    normals: Floats
    """(n, 3) unit normals in Earth-centred axes."""


def encode(mesh: Mesh) -> bytes:
    """Return the tile's bytes, not compressed.

    Source: quantized-mesh 1.0 specification (CesiumGS/quantized-mesh).
    """
    mesh = in_order_of_use(mesh)
    low, high = np.float32(mesh.heights.min()), np.float32(mesh.heights.max())
    span = float(high) - float(low)
    steps = np.rint((mesh.heights - float(low)) / span * STEPS) if span > 0 else np.zeros(len(mesh.heights))
    vertices = b"".join(_deltas(values) for values in (mesh.u, mesh.v, np.clip(steps, 0, STEPS).astype(np.int64)))
    body = _header(mesh, low, high) + struct.pack("<I", len(mesh.u)) + vertices
    wide = len(mesh.u) > _SMALL_MESH
    body += b"\0" * (-len(body) % (4 if wide else 2))
    return body + _indices(mesh.triangles, wide) + _edges(mesh, wide) + _normals(mesh.normals)


def in_order_of_use(mesh: Mesh) -> Mesh:
    """Return the mesh with its vertices numbered as the triangles first use them, as the index encoding needs."""
    used, first = np.unique(mesh.triangles, return_index=True)
    order = used[np.argsort(first)]
    place = np.empty(len(mesh.u), np.int64)
    place[order] = np.arange(len(order))
    return Mesh(
        mesh.u[order],
        mesh.v[order],
        mesh.heights[order],
        place[mesh.triangles],
        mesh.positions[order],
        mesh.normals[order],
    )


def ellipsoid_positions(longitude: Floats, latitude: Floats, height: Floats) -> Floats:
    """Return (n, 3) Earth-centred coordinates, metres, of degrees on WGS 84 and heights above it."""
    lon, lat = np.radians(longitude), np.radians(latitude)
    flattened = (SEMI_MINOR_M / SEMI_MAJOR_M) ** 2
    radius = SEMI_MAJOR_M / np.sqrt(1 - (1 - flattened) * np.sin(lat) ** 2)
    across = (radius + height) * np.cos(lat)
    return np.column_stack([across * np.cos(lon), across * np.sin(lon), (radius * flattened + height) * np.sin(lat)])


def _header(mesh: Mesh, low: np.float32, high: np.float32) -> bytes:
    """Centre, heights, bounding sphere and horizon occlusion point: 88 bytes."""
    centre = (mesh.positions.min(axis=0) + mesh.positions.max(axis=0)) / 2
    radius = float(np.linalg.norm(mesh.positions - centre, axis=1).max())
    occlusion = occlusion_point(mesh.positions, centre, min(0.0, float(low)))
    return struct.pack("<3d2f4d3d", *centre, low, high, *centre, radius, *occlusion)


def occlusion_point(positions: Floats, centre: Floats, below_m: float) -> Floats:
    """Return the point, in units of the ellipsoid's axes, that is hidden exactly when all positions are.

    Source: Cozzi and Ring, 3D Engine Design for Virtual Globes, 12.3; Cesium's blog "Computing the horizon occlusion
    point". Where a tile reaches a quarter round the Earth no point serves: then it lies far off, hidden almost never.

    Parameters
    ----------
    positions
        (n, 3) Earth-centred, metres.
    centre
        (3,) middle of the tile, the direction in which the point lies.
    below_m
        Lowest height where that is below the ellipsoid (negative), else 0: the occluder shrinks by it.
    """
    axes = np.array([SEMI_MAJOR_M, SEMI_MAJOR_M, SEMI_MINOR_M]) + below_m
    scaled = positions / axes
    direction = centre / axes
    direction /= max(float(np.linalg.norm(direction)), 1e-12)
    magnitude = np.maximum(np.linalg.norm(scaled, axis=1), 1.0)
    unit = scaled / np.linalg.norm(scaled, axis=1)[:, None]
    cos_alpha = unit @ direction
    sin_alpha = np.linalg.norm(np.cross(unit, direction), axis=1)
    cos_beta = 1 / magnitude
    sin_beta = np.sqrt(np.maximum(magnitude**2 - 1, 0)) * cos_beta
    below_horizon = cos_alpha * cos_beta - sin_alpha * sin_beta
    return direction / max(float(below_horizon.min()), 1e-3)


def _deltas(values: Ints) -> bytes:
    """Differences of neighbours, zig-zag encoded: small numbers of either sign become small numbers."""
    steps = np.diff(values, prepend=0)
    return ((steps << 1) ^ (steps >> 63)).astype("<u2").tobytes()


def _indices(triangles: Ints, wide: bool) -> bytes:
    """Encode indices as distances from the first vertex not yet used ("high watermark")."""
    flat = triangles.ravel()
    next_new = np.concatenate([[0], np.maximum.accumulate(flat)[:-1] + 1])
    return struct.pack("<I", len(triangles)) + (next_new - flat).astype("<u4" if wide else "<u2").tobytes()


def _edges(mesh: Mesh, wide: bool) -> bytes:
    """Vertices on the western, southern, eastern and northern edge, from which skirts hang; each in order along it."""
    parts = []
    for across, along, end in (
        (mesh.u, mesh.v, 0),
        (mesh.v, mesh.u, 0),
        (mesh.u, mesh.v, STEPS),
        (mesh.v, mesh.u, STEPS),
    ):
        edge = np.flatnonzero(across == end)
        edge = edge[np.argsort(along[edge])]
        parts.append(struct.pack("<I", len(edge)) + edge.astype("<u4" if wide else "<u2").tobytes())
    return b"".join(parts)


def _normals(normals: Floats) -> bytes:
    """Extension 1: unit vectors folded onto an octahedron, a byte for each of two coordinates.

    Source: Cigolle et al., A Survey of Efficient Representations for Independent Unit Vectors, JCGT 3(2), 2014.
    """
    folded = normals[:, :2] / np.abs(normals).sum(axis=1)[:, None]
    lower = normals[:, 2] < 0
    folded[lower] = (1 - np.abs(folded[lower][:, ::-1])) * np.where(folded[lower] >= 0, 1.0, -1.0)
    packed = np.rint((np.clip(folded, -1, 1) * 0.5 + 0.5) * 255).astype(np.uint8)
    return struct.pack("<BI", _OCT_VERTEX_NORMALS, packed.size) + bytes(packed)
