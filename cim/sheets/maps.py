"""What maps on paper share: where a place stands, a scale bar, an arrow to the north."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike

from cim.sheets.sheet import Point, Sheet, Stroke

SCALES = (
    50, 100, 200, 250, 500, 750, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 7500, 10_000, 15_000, 20_000, 25_000,
    30_000, 40_000, 50_000, 60_000, 75_000, 100_000, 125_000, 150_000, 200_000, 250_000, 300_000, 400_000, 500_000,
    750_000, 1_000_000,
)  # fmt: skip
"""Scales that maps have, 1 : n."""

_BARS_M = (50_000, 20_000, 10_000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1)
_FINEST_MM = 0.05
"""Detail that no eye sees on paper."""
_SPECK_MM2 = 0.1
_WHITE = "#ffffff"


@dataclass(frozen=True)
class MapFrame:
    """A rectangle of a sheet in which a part of the city is mapped."""

    left: float
    """Millimetres from the sheet's left edge."""
    bottom: float
    """Millimetres from its lower edge."""
    width: float
    """Millimetres."""
    height: float
    """Millimetres."""
    west: float
    """Easting of the left edge, metres, city CRS."""
    south: float
    """Northing of the lower edge."""
    scale: int
    """1 : scale."""

    @classmethod
    def around(
        cls, bounds: Sequence[float], left: float, bottom: float, width: float, height: float, margin_mm: float = 2.0
    ) -> MapFrame:
        """Return the frame in whose middle an extent (west, south, east, north, metres) stands as large as fits."""
        west, south, east, north = bounds
        needed = max((east - west) / (width - 2 * margin_mm), (north - south) / (height - 2 * margin_mm)) * 1000
        scale = next((each for each in SCALES if each >= needed), math.ceil(needed / 500_000) * 500_000)
        x, y = (west + east) / 2 - width * scale / 2000, (south + north) / 2 - height * scale / 2000
        return cls(left, bottom, width, height, x, y, scale)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north of what is mapped, metres."""
        metres = self.scale / 1000
        return self.west, self.south, self.west + self.width * metres, self.south + self.height * metres

    def place(self, x: float, y: float) -> Point:
        """Return where a place of the city stands on the sheet, millimetres."""
        return (x - self.west) * 1000 / self.scale + self.left, (y - self.south) * 1000 / self.scale + self.bottom

    def course(self, coordinates: ArrayLike) -> list[Point]:
        """Return where places (n, 2 or 3) stand on the sheet, beyond the map too, millimetres."""
        points = np.asarray(coordinates)[:, :2]
        placed = (points - (self.west, self.south)) * 1000 / self.scale + (self.left, self.bottom)
        return [(float(x), float(y)) for x, y in placed.round(3)]

    def _within(self, shape: shapely.Geometry) -> Iterator[Any]:
        """Yield the simple parts of a shape that are mapped, without detail that no eye sees."""
        plain = shapely.simplify(shapely.force_2d(shape), _FINEST_MM * self.scale / 1000)
        clipped = shapely.clip_by_rect(plain, *self.box)
        for part in getattr(clipped, "geoms", [clipped]):
            if not part.is_empty:
                yield part

    def lines(self, shape: shapely.Geometry) -> Iterator[list[Point]]:
        """Yield the courses of a line within the map, millimetres."""
        for part in self._within(shape):
            if part.geom_type == "LineString":
                yield self.course(part.coords)

    def rings(self, shape: shapely.Geometry) -> Iterator[tuple[list[Point], list[list[Point]]]]:
        """Yield the outline of each part of an area within the map, and the holes in it, millimetres.

        Holes that would be a speck are none: they come from drawing.
        """
        speck = _SPECK_MM2 * (self.scale / 1000) ** 2
        for part in self._within(shape):
            if part.geom_type == "Polygon":
                holes = [hole for hole in part.interiors if shapely.area(shapely.Polygon(hole)) >= speck]
                yield self.course(part.exterior.coords), [self.course(hole.coords) for hole in holes]


def scale_bar(sheet: Sheet, frame: MapFrame, words: str = "") -> None:
    """Draw a bar of a round length in the lower left corner of a map, and the scale where it is told what to call it.

    Parameters
    ----------
    sheet
        Where to draw.
    frame
        The map.
    words
        Such as ``Scale``; empty for the bar alone.
    """
    most = min(40.0, frame.width / 3)
    metres = next((each for each in _BARS_M if each * 1000 / frame.scale <= most), _BARS_M[-1])
    length = metres * 1000 / frame.scale
    x, y = frame.left + 2.5, frame.bottom + 2.6
    told = f"{words} 1:{frame.scale:,}" if words else ""
    wide = length + 3 + (2.2 * 0.62 * len(told) + 4 if told else 0)
    sheet.box(x - 1.3, y - 1.4, wide, 5.6, fill=_WHITE, layer="FRAME")
    half = length / 2
    sheet.box(x, y, half, 0.9, fill="#000000", stroke=Stroke(0.15), layer="FRAME")
    sheet.box(x + half, y, half, 0.9, fill=_WHITE, stroke=Stroke(0.15), layer="FRAME")
    said = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres} m"
    sheet.text(x + half, y + 2.4, said, size=2.2, anchor="middle", layer="FRAME")
    if told:
        sheet.text(x + length + 3, y + 0.8, told, size=2.2, layer="FRAME")


def north_arrow(sheet: Sheet, frame: MapFrame) -> None:
    """Draw an arrow to the north of the city's grid in the upper right corner of a map."""
    x, y = frame.left + frame.width - 4.2, frame.bottom + frame.height - 9
    sheet.box(x - 2.8, y - 1.4, 5.6, 9.9, fill=_WHITE, layer="FRAME")
    sheet.area([(x, y + 5), (x - 1.6, y - 0.6), (x, y + 0.7)], "#000000", Stroke(0.15), "FRAME")
    sheet.area([(x, y + 5), (x + 1.6, y - 0.6), (x, y + 0.7)], _WHITE, Stroke(0.15), "FRAME")
    sheet.text(x, y + 6.7, "N", size=2.5, anchor="middle", layer="FRAME")
