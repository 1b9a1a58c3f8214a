"""Web mercator (EPSG:3857): tiles, and boxes from and into degrees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cim.errors import BadRequest

RADIUS_M = 6_378_137.0
"""Radius of the sphere of EPSG:3857."""
HALF_M = math.pi * RADIUS_M
"""Half the width of the world."""
LIMIT_DEG = 85.0511287798066
"""Latitude at which the square world ends."""
MAX_LEVEL = 24
"""Deepest level that anyone may ask for."""

Box = tuple[float, float, float, float]


def check_tile(z: int, x: int, y: int) -> None:
    """Refuse the address of a tile that does not exist.

    Raises
    ------
    BadRequest
        The level or the column or row is out of range.
    """
    if not 0 <= z <= MAX_LEVEL:
        raise BadRequest("z", z, f"give a level from 0 to {MAX_LEVEL}")
    for name, value in (("x", x), ("y", y)):
        if not 0 <= value < 2**z:
            raise BadRequest(name, value, f"level {z} has the numbers 0 to {2**z - 1}")


def unit_m(z: int, extent: int = 4096) -> float:
    """Return the size of a tile's unit at the equator, metres."""
    return 2 * HALF_M / float(2**z * extent)


def box_of_degrees(box: Box) -> Box:
    """Return west, south, east, north in web mercator of a box in degrees, cut at the end of the square world."""
    west, south, east, north = box
    low, high = (min(max(value, -LIMIT_DEG), LIMIT_DEG) for value in (south, north))
    return math.radians(west) * RADIUS_M, _northing(low), math.radians(east) * RADIUS_M, _northing(high)


def degrees_of_box(rows: Sequence[dict[str, Any]]) -> Box | None:
    """Return west, south, east, north in degrees around boxes in web mercator; None around nothing."""
    boxes = [row for row in rows if row["west"] is not None]
    if not boxes:
        return None
    west, south = (min(row[side] for row in boxes) for side in ("west", "south"))
    east, north = (max(row[side] for row in boxes) for side in ("east", "north"))
    return _longitude(west), _latitude(south), _longitude(east), _latitude(north)


def _northing(latitude: float) -> float:
    return math.asinh(math.tan(math.radians(latitude))) * RADIUS_M


def _longitude(x: float) -> float:
    return math.degrees(x / RADIUS_M)


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(y / RADIUS_M)))
