"""A map of faults, drawn as SVG: footprints in grey, what was loaded in blue, faults on top, north arrow, scale bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim.etl.quality.facts import Box, Drawing

WIDTH, TALLEST = 720.0, 380.0
"""Size of a map's drawing, in the units of its view box; a narrow city is drawn less tall."""
_LEAST = 240.0
_BAR = 130.0
"""A scale bar is at most this long."""


@dataclass(frozen=True)
class Sheet:
    """How city coordinates come onto paper."""

    box: Box
    """Part of the city that is drawn, metres."""
    width: float
    """Width of the drawing."""
    height: float
    """Height of the drawing."""
    scale: float
    """Drawing units a metre."""

    @classmethod
    def of(cls, box: Box) -> Sheet:
        """Fit a box onto a sheet; what is over on the shorter side is shown, too."""
        wide, tall = box[2] - box[0], box[3] - box[1]
        height = min(TALLEST, max(_LEAST, WIDTH * tall / wide))
        scale = min(WIDTH / wide, height / tall)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        half = WIDTH / scale / 2, height / scale / 2
        shown = middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]
        return cls(shown, WIDTH, height, scale)

    def at(self, points: Any) -> npt.NDArray[np.float64]:
        """Return coordinates on the sheet, from its upper left corner."""
        west, _, _, north = self.box
        return np.column_stack([(points[:, 0] - west) * self.scale, (north - points[:, 1]) * self.scale])


def map_svg(drawing: Drawing) -> str:
    """Return a map as an SVG element, without a header of its own."""
    sheet = Sheet.of(drawing.box)
    parts = [
        f'<svg class="map" viewBox="0 0 {sheet.width:g} {sheet.height:g}" role="img" aria-label="问题分布图">',
        f'<rect class="ground" width="{sheet.width:g}" height="{sheet.height:g}"/>',
        _paths(sheet, drawing.around, "around"),
        _paths(sheet, drawing.outline, "outline"),
        _paths(sheet, drawing.own, "own"),
        *(_symbol(sheet, severity, point) for severity, point in sorted(drawing.faults, key=_errors_last)),
        _north(sheet),
        _scale_bar(sheet),
        f'<rect class="frame" width="{sheet.width:g}" height="{sheet.height:g}"/>',
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


def _errors_last(fault: tuple[str, Any]) -> bool:
    """Order faults so that errors lie on top."""
    return fault[0] == "error"


def _paths(sheet: Sheet, shapes: Sequence[Any], name: str) -> str:
    """Return areas and lines as one path, points as another of dots."""
    if not len(shapes):
        return ""
    parts = shapely.get_parts(np.array(shapes, dtype=object))
    kinds = shapely.get_type_id(parts)
    rings = [*shapely.get_rings(parts[kinds == 3]), *parts[kinds == 1]]
    lines = [_line(sheet, ring, closed=ring.geom_type == "LinearRing") for ring in rings]
    dots = [f"M{x:.1f} {y:.1f}h0" for x, y in sheet.at(shapely.get_coordinates(parts[kinds == 0]))]
    out = f'<path class="{name}" d="{"".join(lines)}"/>' if lines else ""
    return out + (f'<path class="{name} dots" d="{"".join(dots)}"/>' if dots else "")


def _line(sheet: Sheet, line: Any, *, closed: bool) -> str:
    """Return one run of points, as steps of a tenth of a unit."""
    points = np.round(sheet.at(shapely.get_coordinates(line)), 1)
    if closed:
        points = points[:-1]
    moved = np.append(True, np.abs(np.diff(points, axis=0)).sum(axis=1) > 0)
    text = "L".join(f"{x:g} {y:g}" for x, y in points[moved])
    return f"M{text}{'Z' if closed else ''}"


def _symbol(sheet: Sheet, severity: str, point: Any) -> str:
    """Return a fault: a red disc with a cross for an error, an amber triangle for a remark."""
    ((x, y),) = sheet.at(shapely.get_coordinates(point))
    name = "error" if severity == "error" else "warning"
    return f'<use href="#{name}-mark" x="{x:.1f}" y="{y:.1f}"/>'


def _north(sheet: Sheet) -> str:
    """Return a north arrow in the upper right corner."""
    x = sheet.width - 26
    return (
        f'<g class="north" transform="translate({x:g} 16)"><rect x="-15" y="-9" width="30" height="52" rx="3"/>'
        '<path d="M0 12 L6 32 L0 27 L-6 32Z"/><text y="7">N</text></g>'
    )


def _scale_bar(sheet: Sheet) -> str:
    """Return a scale bar in the lower left corner, a round number of metres long."""
    metres = round_length(_BAR / sheet.scale)
    length = metres * sheet.scale
    told = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    half = length / 2
    return (
        f'<g class="scale" transform="translate(16 {sheet.height - 18:g})">'
        f'<rect class="back" x="-8" y="-18" width="{length + 16:.1f}" height="30" rx="3"/>'
        f'<rect class="dark" width="{half:.1f}" height="5"/><rect class="light" x="{half:.1f}" width="{half:.1f}" '
        f'height="5"/><text y="-5">0</text><text x="{length:.1f}" y="-5" class="end">{told}</text></g>'
    )


def round_length(most: float) -> float:
    """Return the longest of 1, 2 and 5 times a power of ten that is not longer, metres."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (5, 2, 1) if step * power <= most * (1 + 1e-9))
