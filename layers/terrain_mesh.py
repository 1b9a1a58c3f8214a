"""From heights on a grid to a tile's mesh: fewer triangles where the ground is even, normals from the full grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from pydelatin import Delatin

from cim.layers.quantized_mesh import STEPS, Floats, Ints, Mesh, ellipsoid_positions
from cim.layers.terrain_clip import clipped
from cim.layers.terrain_grid import CELLS, TileAddress

DENSE_ABOVE = 10
"""Tiles of lower levels keep every vertex: a flat tile of two triangles would cut through the Earth."""


@dataclass(frozen=True)
class GroundGrid:
    """Ground at the crossings of a grid that holds a tile: the tile's own, or that of a terrain model's cells."""

    longitude: Floats
    """(rows, columns) degrees; the first and last of both are there for normals only."""
    latitude: Floats
    """The same, degrees."""
    height: Floats
    """The same, metres above the ellipsoid."""
    own: bool
    """The grid is the tile's own: it ends at the tile's edges."""


def mesh_of(address: TileAddress, grid: GroundGrid, error_m: float) -> Mesh:
    """Return the mesh of a tile.

    Parameters
    ----------
    address
        The tile.
    grid
        The ground.
    error_m
        Largest distance of the mesh from the ground at the grid's crossings, metres.
    """
    rows, columns = grid.height.shape
    positions = ellipsoid_positions(grid.longitude.ravel(), grid.latitude.ravel(), grid.height.ravel())
    normals = _normals(positions.reshape(rows, columns, 3))
    row, column, triangles = _all_cells() if address.z < DENSE_ABOVE else _triangulated(positions, grid, error_m)
    at = (row + 1) * columns + column + 1
    vertices = np.column_stack(
        [
            (grid.longitude.ravel()[at] + 180.0) / address.size_deg - address.x,
            (grid.latitude.ravel()[at] + 90.0) / address.size_deg - address.y,
            grid.height.ravel()[at],
            positions[at],
            normals.reshape(-1, 3)[at],
        ]
    )
    if not grid.own:
        vertices, triangles = clipped(vertices, triangles)
    u, v, height, *_ = vertices.T
    return Mesh(_quantized(u), _quantized(v), height, triangles, vertices[:, 3:6], vertices[:, 6:9])


def _quantized(fraction: Floats) -> Ints:
    return np.rint(fraction * STEPS).astype(np.int64)


@cache
def _all_cells() -> tuple[Ints, Ints, Ints]:
    """Return row and column of every vertex of a tile's own grid, and two triangles for each cell."""
    row, column = np.divmod(np.arange((CELLS + 1) ** 2), CELLS + 1)
    corner = (np.arange(CELLS)[:, None] * (CELLS + 1) + np.arange(CELLS)).ravel()
    south_west, south_east = corner + CELLS + 1, corner + CELLS + 2
    lower = np.column_stack([south_west, south_east, corner])
    upper = np.column_stack([south_east, corner + 1, corner])
    return row, column, np.hstack([lower, upper]).reshape(-1, 3)


def _triangulated(positions: Floats, grid: GroundGrid, error_m: float) -> tuple[Ints, Ints, Ints]:
    """Return row and column of the vertices that a triangulation within the error needs, and its triangles.

    What is even is a plane, not a level that follows the Earth's curve: heights are taken above the plane that
    touches the Earth in the middle.
    """
    rows, columns = grid.height.shape
    middle = positions.reshape(rows, columns, 3)[rows // 2, columns // 2]
    above = ((positions - middle) @ (middle / np.linalg.norm(middle))).reshape(rows, columns)
    found = Delatin(above[1:-1, 1:-1], max_error=error_m)
    place = np.rint(found.vertices[:, :2]).astype(np.int64)
    # pydelatin counts rows from the last one on, and turns its triangles counter-clockwise in that view.
    row, column, triangles = rows - 3 - place[:, 1], place[:, 0], found.triangles.astype(np.int64)
    mirrored = _mirrored(grid)
    return row, column, triangles[:, ::-1] if mirrored else triangles


def _mirrored(grid: GroundGrid) -> bool:
    """Whether columns do not run east where rows run south, as they do in a raster with its first row in the south."""
    east = grid.longitude[0, 1:2] - grid.longitude[0, 0:1], grid.latitude[0, 1:2] - grid.latitude[0, 0:1]
    south = grid.longitude[1:2, 0] - grid.longitude[0:1, 0], grid.latitude[1:2, 0] - grid.latitude[0:1, 0]
    return bool((east[0] * south[1] - east[1] * south[0])[0] > 0)


def _normals(positions: Floats) -> Floats:
    """Return (rows, columns, 3) unit normals of a grid of positions; those of its border are not meant for use.

    They come from the whole grid, so they tell the slopes that the triangles leave out, and neighbours share them.
    """
    along = np.gradient(positions, axis=1)
    down = np.gradient(positions, axis=0)
    normals = np.cross(down, along)
    normals *= np.where(np.sum(normals * positions, axis=2) < 0, -1.0, 1.0)[..., None]
    length = np.linalg.norm(normals, axis=2, keepdims=True)
    # Rows meet at the poles, where there is no slope from one vertex to the next: up is up.
    upward = positions / np.linalg.norm(positions, axis=2, keepdims=True)
    units: Floats = np.where(length > 1e-6, normals / np.maximum(length, 1e-6), upward)
    return units
