"""The tiling of terrain: geographic (EPSG:4326), two root tiles, rows counted from the south (TMS)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CELLS = 64
"""Cells along the side of a tile; a tile has one vertex more each way."""
DEEPEST = 19
"""Deepest level that is built: its cells are 0.6 m."""
EARTH_M = 6_378_137.0
"""Semi-major axis of the WGS 84 ellipsoid, metres."""
ROOT_ERROR_M = 77_067.34
"""Geometric error that CesiumJS takes level 0 to have, with 65 vertices a side; it halves with each level."""


@dataclass(frozen=True)
class TileAddress:
    """A tile of the geographic tiling."""

    z: int
    """Level."""
    x: int
    """Column from the west, of 2^(z+1)."""
    y: int
    """Row from the south, of 2^z."""

    @property
    def size_deg(self) -> float:
        """Width and height of the tile, degrees."""
        return 180.0 / 2.0**self.z

    def longitudes(self, margin: int = 0) -> Floats:
        """Return the longitudes of the columns of vertices, degrees, west to east, `margin` more on each side.

        A vertex has one number in its whole level, so that tiles compute shared edges alike to the last bit.
        """
        index = np.arange(self.x * CELLS - margin, (self.x + 1) * CELLS + margin + 1)
        longitudes: Floats = index.astype(np.float64) * (self.size_deg / CELLS) - 180.0
        return longitudes

    def latitudes(self, margin: int = 0) -> Floats:
        """Return the latitudes of the rows of vertices, degrees, north to south, `margin` more on each side."""
        index = np.arange((self.y + 1) * CELLS + margin, self.y * CELLS - margin - 1, -1)
        latitudes: Floats = np.clip(index.astype(np.float64) * (self.size_deg / CELLS) - 90.0, -90.0, 90.0)
        return latitudes


@dataclass(frozen=True)
class TileRange:
    """A rectangle of tiles of one level, both ends included."""

    start_x: int
    """First column."""
    start_y: int
    """First row."""
    end_x: int
    """Last column."""
    end_y: int
    """Last row."""

    def __len__(self) -> int:
        """Return the number of tiles."""
        return (self.end_x - self.start_x + 1) * (self.end_y - self.start_y + 1)

    def __contains__(self, tile: object) -> bool:
        """Whether a tile of the level lies in the rectangle."""
        return (
            isinstance(tile, TileAddress)
            and self.start_x <= tile.x <= self.end_x
            and self.start_y <= tile.y <= self.end_y
        )

    def tiles(self, z: int) -> Iterator[TileAddress]:
        """Yield the tiles, row by row."""
        for y in range(self.start_y, self.end_y + 1):
            for x in range(self.start_x, self.end_x + 1):
                yield TileAddress(z, x, y)

    def as_json(self) -> dict[str, int]:
        """Return the range as layer.json has it."""
        return {"startX": self.start_x, "startY": self.start_y, "endX": self.end_x, "endY": self.end_y}


def cell_m(z: int) -> float:
    """Return the size of a cell from south to north, metres."""
    return math.radians(180.0 / 2.0**z / CELLS) * EARTH_M


def level_error_m(z: int) -> float:
    """Return the error at which CesiumJS stops to refine a level, metres."""
    return ROOT_ERROR_M / 2.0**z


def finest_level(wanted_cell_m: float, deepest: int) -> int:
    """Return the first level whose cells are no larger than wanted."""
    return next((z for z in range(deepest) if cell_m(z) <= wanted_cell_m), deepest)


def whole_world(z: int) -> TileRange:
    """Return every tile of a level."""
    return TileRange(0, 0, 2 ** (z + 1) - 1, 2**z - 1)


def tiles_around(z: int, box: tuple[float, float, float, float], ring: int = 0) -> TileRange:
    """Return the tiles of a level that touch a box in degrees, and so many rings of tiles around them."""
    size = 180.0 / 2.0**z
    west, south, east, north = box
    world = whole_world(z)
    return TileRange(
        max(world.start_x, math.floor((west + 180.0) / size) - ring),
        max(world.start_y, math.floor((south + 90.0) / size) - ring),
        min(world.end_x, math.floor((east + 180.0) / size) + ring),
        min(world.end_y, math.floor((north + 90.0) / size) + ring),
    )
