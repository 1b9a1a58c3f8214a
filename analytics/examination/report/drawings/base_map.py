"""The units of a level as outlines on a sheet, placed once for every map of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from cim.analytics.examination.report.report import Report
from cim.sheets.maps import MapFrame
from cim.sheets.sheet import Point, Sheet, Stroke

Rings = tuple[list[Point], list[list[Point]]]

_BORDER = Stroke(0.15, "#5b6675")
_WHITE = "#ffffff"


@dataclass(frozen=True)
class BaseMap:
    """Outlines of units and of the whole city in a frame."""

    frame: MapFrame
    """Where the map stands on its sheet."""
    outlines: Sequence[tuple[int, Sequence[Rings]]]
    """Unit id and its parts, the largest first: what lies in a hole of another is drawn after it."""
    points: dict[int, Point]
    """A place inside each unit, where a number or name stands, millimetres."""
    sizes: dict[int, float]
    """Area of each unit on paper, square millimetres."""

    def draw(self, sheet: Sheet, colours: dict[int, str], none: str = "#eef1f4") -> None:
        """Draw every unit in its colour; those that have none in a pale one."""
        for unit, parts in self.outlines:
            for outline, holes in parts:
                sheet.area(outline, colours.get(unit, none), _BORDER, "UNIT")
                for hole in holes:
                    sheet.area(hole, _WHITE, _BORDER, "UNIT")
        frame = self.frame
        sheet.box(frame.left, frame.bottom, frame.width, frame.height, stroke=Stroke(0.2, "#9aa5b0"), layer="FRAME")


def base_map(report: Report, level: str, left: float, bottom: float, width: float, height: float) -> BaseMap:
    """Return the map of a level's units in a rectangle of a sheet, millimetres."""
    key = (level, left, bottom, width, height)
    found = report.made.get(key)
    if not isinstance(found, BaseMap):
        report.made[key] = found = _placed(report, level, left, bottom, width, height)
    return found


def _placed(report: Report, level: str, left: float, bottom: float, width: float, height: float) -> BaseMap:
    units = report.units[(report.units["level"] == level) & ~report.units.geometry.is_empty]
    everything = units if len(units) else report.units
    frame = MapFrame.around(everything.total_bounds, left, bottom, width, height)
    outlines, points, sizes = [], {}, {}
    for unit, shape in sorted(units.geometry.items(), key=lambda item: -item[1].area):
        outlines.append((int(unit), list(frame.rings(shape))))
        inside = shapely.point_on_surface(max(getattr(shape, "geoms", [shape]), key=lambda part: part.area))
        points[int(unit)] = frame.place(inside.x, inside.y)
        sizes[int(unit)] = shape.area * (1000 / frame.scale) ** 2
    return BaseMap(frame, outlines, points, sizes)
