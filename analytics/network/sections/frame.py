"""What every section has around it: scales, a bar of levels, a title, notes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width

SCALES = (50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10_000, 20_000)
"""Scales that drawings have, 1 : n."""
MARGIN_MM = 12.0
"""Paper left free at each edge."""
TITLE_MM = 22.0
"""Height of the title."""
NOTE_MM = 4.2
"""Height of a note."""

_BAR = 1.6
_GRID = Stroke(0.08, "#c9c9c9")


@dataclass(frozen=True)
class Plot:
    """Where things stand on the sheet."""

    sheet: Sheet
    """The sheet."""
    x: Callable[[float], float]
    """Millimetres from the left, of a chainage or an offset in metres."""
    y: Callable[[float], float]
    """Millimetres from the bottom, of a level in metres."""
    bottom: float
    """Lower edge of the drawing."""
    top: float
    """Upper edge of the levels; what is written of single pipes may stand above."""
    language: str
    """Of its words: zh or en."""

    @property
    def metre(self) -> float:
        """Millimetres of a metre across."""
        return self.x(1) - self.x(0)


def fitting_scale(length_m: float, most_mm: float, scales: Sequence[int] = SCALES) -> int:
    """Return the largest scale at which a length fits."""
    return next((scale for scale in scales if length_m * 1000 / scale <= most_mm), scales[-1])


def level_bar(sheet: Sheet, left: float, right: float, bottom: float, levels: tuple[int, int], scale: int) -> None:
    """Draw a bar of levels at the left, black and white by turns, and a line across at each step.

    Parameters
    ----------
    sheet
        Where to draw.
    left, right, bottom
        Edges of the drawing, millimetres.
    levels
        Level of the lower edge and of the upper one, whole metres.
    scale
        Vertical scale.
    """
    step = next(each for each in (1, 2, 5, 10, 20, 50) if each * 1000 / scale >= 4)
    low, high = levels
    for number, level in enumerate(range(low, high + 1, step)):
        y = bottom + (level - low) * 1000 / scale
        sheet.line((left, y), (right, y), stroke=_GRID, layer="GRID")
        sheet.text(left - _BAR - 1.2, y, str(level), size=2.2, anchor="end", layer="GRID")
        if level + step <= high:
            fill = "#000000" if number % 2 == 0 else "#ffffff"
            sheet.box(left - _BAR, y, _BAR, step * 1000 / scale, fill=fill, stroke=Stroke(0.13), layer="GRID")


def draw_title(sheet: Sheet, title: str, lines: Sequence[str]) -> None:
    """Write the title and the lines below it at the top."""
    y = sheet.height_mm - MARGIN_MM - 3
    sheet.text(sheet.width_mm / 2, y, title, size=5.5, anchor="middle", layer="TITLE")
    width = text_width(title, 5.5)
    for gap, weight in ((4.2, 0.5), (5.1, 0.13)):
        ends = (sheet.width_mm - width) / 2 - 3, (sheet.width_mm + width) / 2 + 3
        sheet.line((ends[0], y - gap), (ends[1], y - gap), stroke=Stroke(weight), layer="TITLE")
    for number, line in enumerate(lines):
        sheet.text(sheet.width_mm / 2, y - 9 - 4.4 * number, line, size=2.8, anchor="middle", layer="TITLE")


def notes_of(left_out: Mapping[str, Any], language: str, more: Sequence[str] = ()) -> list[str]:
    """Return numbered notes: what is said, and what was left out."""
    separator = "：" if language == "zh" else ": "
    told = [*more, *(f"{reason[language]}{separator}{reason['count']}" for reason in left_out.values())]
    return [f"{number}. {text}" for number, text in enumerate(told, 1)]


def draw_notes(sheet: Sheet, title: str, notes: Sequence[str]) -> None:
    """Write notes at the bottom."""
    y = MARGIN_MM + NOTE_MM * len(notes) - NOTE_MM / 2
    sheet.text(MARGIN_MM, y + NOTE_MM, title, size=2.6, layer="TITLE")
    for number, note in enumerate(notes):
        sheet.text(MARGIN_MM, y - NOTE_MM * number, note, size=2.4, colour="#333333", layer="TITLE")


def notes_height(notes: Sequence[str]) -> float:
    """Return the height of notes and the space above them, millimetres."""
    return NOTE_MM * (len(notes) + 1) + 5.0


def level_range(levels: Sequence[float], margin: float = 0.7) -> tuple[int, int]:
    """Return whole metres below and above all levels."""
    return math.floor(min(levels) - margin), math.ceil(max(levels) + margin)


def tint(colour: str, share: float = 0.35) -> str:
    """Return a colour mixed with white."""
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * share):02x}" for part in parts)


def shade(colour: str, share: float = 0.6) -> str:
    """Return a colour mixed with black, to be read on white."""
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(part * share):02x}" for part in parts)
