"""The whole city's value beside what is asked for: the chart of an indicator that only the city has."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from cim.analytics.examination.report.blocks import FIGURE_MM
from cim.analytics.examination.report.drawings.axis import DIM, Axis, ticks
from cim.analytics.examination.report.numbers import number
from cim.analytics.examination.report.report import Indicated
from cim.analytics.examination.report.words import COLOURS, both, said
from cim.sheets import Sheet, Stroke

_HEIGHT_MM = 19.0
_BASE, _TALL = 5.0, 5.5


def gauge(indicated: Indicated, whole: pd.Series[Any], language: str) -> Sheet:
    """Draw a value as a bar, its interval, and the standard as a line across."""
    sheet = Sheet(FIGURE_MM, _HEIGHT_MM)
    value, targets = float(whole["value"]), targets_of(indicated)
    ends = [float(whole[name]) for name in ("low", "high") if math.isfinite(whole[name])]
    axis = Axis(ticks(min(0.0, value), max(0.0, value, *targets, *ends)), 4.0, FIGURE_MM - 4.0)
    axis.draw(sheet, _BASE, _BASE + _TALL + 1)
    fill = COLOURS[whole["grade"]] if whole["grade"] != "not_assessable" else "#8fa9bf"
    sheet.box(axis.at(0.0), _BASE, axis.at(value) - axis.at(0.0), _TALL, fill=fill, layer="BAR")
    if len(ends) == 2:
        _whisker(sheet, axis.at(ends[0]), axis.at(ends[1]))
    axis.targets(sheet, _BASE - 0.5, _BASE + _TALL + 1.5, *targets)
    sheet.text(4.0, _HEIGHT_MM - 3.0, _told(indicated, value, bool(targets), language), size=2.5, colour=DIM)
    return sheet


def targets_of(indicated: Indicated) -> list[float]:
    """Return what is asked for: none, one figure, or a band's two ends."""
    standard = indicated.declared["standard"]
    ends = () if standard is None else (standard["value"], standard.get("upper"))
    return [float(end) for end in ends if end is not None]


def _whisker(sheet: Sheet, left: float, right: float) -> None:
    """Draw an interval."""
    y = _BASE + _TALL / 2
    sheet.line((left, y), (right, y), stroke=Stroke(0.3), layer="BAR")
    for x in (left, right):
        sheet.line((x, y - 1), (x, y + 1), stroke=Stroke(0.3), layer="BAR")


def _told(indicated: Indicated, value: float, asked: bool, language: str) -> str:
    told = f"{said(both('全市', 'City'), language)} {number(value)} {said(indicated.unit, language)}"
    if not asked:
        return told
    separator = "；" if language == "zh" else "; "
    return f"{told}{separator}{said(both('标准', 'standard'), language)} {said(indicated.standard, language)}"
