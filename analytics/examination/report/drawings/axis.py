"""A horizontal axis of round numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cim.analytics.examination.report.numbers import number
from cim.sheets import Sheet, Stroke

GRID, EDGE, TARGET = Stroke(0.08, "#d4dae0"), Stroke(0.18, "#5b6675"), Stroke(0.35, "#1b2733", (1.4, 0.9))
DIM = "#55616d"
"""Colour of words that explain."""


def ticks(low: float, high: float) -> list[float]:
    """Return four to seven round numbers that hold a range."""
    if high <= low:
        high = low + 1.0
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    return [round(step * place, 10) for place in range(first, math.ceil(high / step - 1e-9) + 1)]


@dataclass(frozen=True)
class Axis:
    """Where values stand between two edges of a sheet."""

    ticks: Sequence[float]
    """Round numbers, the first and last at the edges."""
    left: float
    """Millimetres."""
    right: float
    """Millimetres."""

    def at(self, value: float) -> float:
        """Return where a value stands, millimetres."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def holds(self, value: float) -> bool:
        """Tell whether a value is known and stands between the edges."""
        return self.ticks[0] <= value <= self.ticks[-1]

    def draw(self, sheet: Sheet, base: float, top: float, *, grid: bool = True) -> None:
        """Draw numbers below the axis, and lines up from them."""
        for tick in self.ticks:
            if grid:
                sheet.line((self.at(tick), base), (self.at(tick), top), stroke=GRID, layer="GRID")
            sheet.text(self.at(tick), base - 1.9, number(tick), size=2.1, anchor="middle", colour=DIM, layer="GRID")

    def targets(self, sheet: Sheet, base: float, top: float, *values: float | None) -> None:
        """Draw a broken line at each value that is asked for."""
        for value in values:
            if value is not None and self.holds(value):
                sheet.line((self.at(value), base), (self.at(value), top), stroke=TARGET, layer="TARGET")
