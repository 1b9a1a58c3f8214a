"""The chart of an indicator: how its values are distributed, and the units furthest from the standard as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cim.analytics.examination.report.blocks import FIGURE_MM
from cim.analytics.examination.report.drawings.axis import DIM, EDGE, TARGET, Axis, ticks
from cim.analytics.examination.report.drawings.choropleth import HEIGHT_MM, fitted
from cim.analytics.examination.report.drawings.shown import Shown, colours
from cim.analytics.examination.report.numbers import number
from cim.analytics.examination.report.report import Indicated, Report
from cim.analytics.examination.report.words import UNITS_OF, both, said
from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width
from cim.sheets.sheet import Point

_MOST_NAME_MM, _VALUE_MM = 32.0, 15.0
_HEAD_MM, _FOOT_MM, _STEP_MM = 4.6, 8.6, 4.0
_DISTRIBUTION_MM = 21.0
_FEWEST = 8
"""From so many values on a distribution is drawn."""
_MOST = {True: 10, False: 14}
"""Bars with a distribution above them, and without."""


def ranked(drawn: Shown) -> list[int]:
    """Return the units that are listed, the furthest from the standard first."""
    return [int(unit) for unit in drawn.values.index[: _MOST[_distributed(drawn)]]]


def _distributed(drawn: Shown) -> bool:
    return len(drawn.values) >= _FEWEST and drawn.values.nunique() > 2


def bars(report: Report, indicated: Indicated, level: str, drawn: Shown, language: str) -> Sheet:
    """Draw the units furthest from the standard, below the distribution of all where there are many."""
    units, above = ranked(drawn), _DISTRIBUTION_MM if _distributed(drawn) else 0.0
    step = min(_STEP_MM, (HEIGHT_MM - above - _HEAD_MM - _FOOT_MM) / max(len(units), 1))
    sheet = Sheet(FIGURE_MM, above + _HEAD_MM + step * len(units) + _FOOT_MM)
    if above:
        _distribution(sheet, level, drawn, language)
    top = sheet.height_mm - above - _HEAD_MM
    base = top - step * len(units)
    sheet.text(0.5, top + _HEAD_MM - 2.2, _heading(units, drawn, level, language), size=2.5, colour=DIM)
    values = drawn.values.loc[units]
    named = [f"{place} {report.unit_name(unit, language)}" for place, unit in enumerate(units, 1)]
    left = min(_MOST_NAME_MM, max((text_width(name, 2.3) for name in named), default=0.0) + 2.4)
    reach = ticks(min(0.0, *values), max(0.0, drawn.target or 0.0, drawn.upper or 0.0, *values))
    axis = Axis(reach, left, FIGURE_MM - _VALUE_MM)
    axis.draw(sheet, base, top)
    tints = colours(drawn)
    for place, unit in enumerate(units):
        y = top - step * (place + 0.5)
        sheet.text(left - 1.4, y, fitted(named[place], left - 1.9, 2.3), size=2.3, anchor="end", layer="NAME")
        _bar(sheet, axis, y, step, float(values[unit]), tints[unit])
        if _walked(indicated) and axis.holds(indicated.rows["on_foot"][unit]):
            _ring(sheet, axis.at(indicated.rows["on_foot"][unit]), y)
        sheet.text(FIGURE_MM - 0.3, y, _told(indicated, unit), size=2.2, anchor="end", layer="VALUE")
    sheet.line((axis.at(0.0), base), (axis.at(0.0), top), stroke=EDGE, layer="GRID")
    axis.targets(sheet, base, top, drawn.target, drawn.upper)
    _key(sheet, (left, base - 5.4), indicated, drawn, units, language)
    return sheet


def _bar(sheet: Sheet, axis: Axis, y: float, step: float, value: float, fill: str) -> None:
    left, right = sorted((axis.at(0.0), axis.at(value)))
    sheet.box(left, y - 0.36 * step, right - left, 0.72 * step, fill=fill, layer="BAR")


def _walked(indicated: Indicated) -> bool:
    """Tell whether the way on foot can be drawn beside the value: a count has no share of its own on foot."""
    return bool(indicated.declared["form"] == "ratio")


def _ring(sheet: Sheet, x: float, y: float) -> None:
    sheet.ellipse(x, y, 1.5, 1.5, fill="#ffffff", stroke=Stroke(0.25), layer="BAR")


def _told(indicated: Indicated, unit: int) -> str:
    """Return a unit's value; of a count with the stock that it is counted in."""
    value, stock = indicated.rows["value"][unit], indicated.rows["denominator"][unit]
    return f"{number(value)} / {number(stock)}" if indicated.declared["form"] == "count" else number(value)


def _heading(units: Sequence[int], drawn: Shown, level: str, language: str) -> str:
    name, count, whole = said(UNITS_OF[level], language), len(units), len(drawn.values)
    if count < whole:
        told = (
            f"最差的 {count} 个{name}（共 {whole} 个）" if language == "zh" else f"The {count} worst of {whole} {name}"
        )
    else:
        told = f"各{name}" if language == "zh" else name[0].upper() + name[1:]
    return f"{told}{'，' if language == 'zh' else ', '}{said(drawn.unit, language)}"


def _key(
    sheet: Sheet, place: Point, indicated: Indicated, drawn: Shown, units: Sequence[int], language: str
) -> None:  # fmt: skip
    """Explain the line and the ring below the bars."""
    x, y = place
    if drawn.target is not None:
        sheet.line((x, y), (x + 5, y), stroke=TARGET, layer="LEGEND")
        counted = indicated.declared["form"] == "count"
        words = both("达标线", "meets below") if counted else both("标准", "standard")
        upper = f" – {number(drawn.upper)}" if drawn.upper is not None else ""
        told = f"{said(words, language)} {number(drawn.target)}{upper}{' %' if counted else ''}"
        sheet.text(x + 6, y, told, size=2.2, colour=DIM, layer="LEGEND")
        x += 9 + text_width(told, 2.2)
    if _walked(indicated) and indicated.rows["on_foot"].loc[list(units)].notna().any():
        _ring(sheet, x + 1, y)
        sheet.text(x + 3, y, said(both("沿步行路网", "along streets"), language), size=2.2, colour=DIM, layer="LEGEND")


def _distribution(sheet: Sheet, level: str, drawn: Shown, language: str) -> None:
    """Draw how many units have which value, in about ten classes of equal width."""
    name = said(UNITS_OF[level], language)
    heading = f"{name}分布" if language == "zh" else f"Number of {name}"
    top = sheet.height_mm
    sheet.text(0.5, top - 2.2, heading, size=2.5, colour=DIM)
    extremes = pd.Series([drawn.values.min(), drawn.values.max(), drawn.target], dtype="float64")
    axis = Axis(ticks(float(extremes.min()), float(extremes.max())), 8.0, FIGURE_MM - 3.0)
    edges = np.linspace(axis.ticks[0], axis.ticks[-1], 2 * (len(axis.ticks) - 1) + 1)
    counts, _ = np.histogram(drawn.values, bins=edges)
    base, height = top - _DISTRIBUTION_MM + 6.0, _DISTRIBUTION_MM - 12.0
    bins = [(axis.at(float(edges[n])), axis.at(float(edges[n + 1])), int(count)) for n, count in enumerate(counts)]
    for left, right, count in bins:
        if count:
            sheet.box(left + 0.2, base, right - left - 0.4, height * count / counts.max(), fill="#8fa9bf", layer="BAR")
    axis.targets(sheet, base, base + height + 2.5, drawn.target, drawn.upper)
    for left, right, count in bins:
        if count:
            middle, tall = (left + right) / 2, height * count / counts.max()
            sheet.box(middle - 1.4, base + tall + 0.3, 2.8, 2.0, fill="#ffffff", layer="BAR")
            sheet.text(middle, base + tall + 1.3, str(count), size=1.9, anchor="middle", colour=DIM, layer="VALUE")
    sheet.line((axis.left, base), (axis.right, base), stroke=EDGE, layer="GRID")
    axis.draw(sheet, base, base, grid=False)
