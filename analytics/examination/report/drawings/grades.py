"""Grades at a glance: how many indicators of each level have which, and a table of colours by unit."""

from __future__ import annotations

from collections.abc import Sequence

from cim.analytics.examination.report.blocks import FIGURE_MM, WIDE_MM
from cim.analytics.examination.report.drawings.axis import DIM
from cim.analytics.examination.report.drawings.choropleth import fitted
from cim.analytics.examination.report.report import Indicated, Report
from cim.analytics.examination.report.words import COLOURS, GRADES, OFFICIAL, said
from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width

_EDGE = Stroke(0.12, "#ffffff")
_ROW_MM, _NAMES_MM = 4.2, 60.0
_TALL_NAMES_MM = 32.0
MOST_UNITS = 45
"""Units that a table of colours has room for."""


def grade_counts(report: Report, language: str) -> Sheet:
    """Draw how many indicators of each official level have which grade for the whole city."""
    levels = [level for level in OFFICIAL if report.of_level(level)]
    sheet = Sheet(FIGURE_MM, 9.0 * len(levels) + 8.0)
    most = max(len(report.of_level(level)) for level in levels)
    for place, level in enumerate(levels):
        y, x = sheet.height_mm - 9.0 * place - 4.0, 0.0
        found = report.of_level(level)
        told = (
            f"{said(OFFICIAL[level], language)}（{len(found)}）"
            if language == "zh"
            else f"{said(OFFICIAL[level], language)} ({len(found)})"
        )
        sheet.text(0, y + 1.6, told, size=2.6, layer="NAME")
        for grade in GRADES:
            count = sum(one.grade == grade for one in found)
            wide = FIGURE_MM * count / most
            if count:
                sheet.box(x, y - 4.2, wide, 4.2, fill=COLOURS[grade], stroke=_EDGE, layer="BAR")
                sheet.text(x + wide / 2, y - 2.1, str(count), size=2.5, anchor="middle", layer="VALUE")
            x += wide
    _legend(sheet, 0.0, FIGURE_MM / 4, language)
    return sheet


def _legend(sheet: Sheet, left: float, step: float, language: str) -> None:
    for place, (grade, words) in enumerate(GRADES.items()):
        x = left + step * place
        sheet.box(x, 1.2, 3.4, 2.4, fill=COLOURS[grade], layer="LEGEND")
        sheet.text(x + 4.4, 2.4, said(words, language), size=2.4, colour=DIM, layer="LEGEND")


def grade_table(report: Report, indicated: Sequence[Indicated], language: str) -> Sheet:
    """Draw a cell for each indicator and unit of the level that is counted, in the colour of its grade."""
    units = list(report.units[report.units["level"] == report.level].index)
    names = [fitted(report.unit_name(unit, language), _TALL_NAMES_MM - 1.5, 2.3) for unit in units]
    top = _ROW_MM * len(indicated) + 7.0
    sheet = Sheet(WIDE_MM, top + max(text_width(name, 2.3) for name in names) + 2.0)
    wide = min(6.0, (WIDE_MM - _NAMES_MM) / len(units))
    for column, name in enumerate(names):
        x = _NAMES_MM + wide * (column + 0.5)
        sheet.text(x, top + 0.8, name, size=2.3, angle=90, layer="NAME")
    for row, one in enumerate(indicated):
        y = top - _ROW_MM * (row + 1)
        words = f"{one.code} {said(one.title, language)}"
        sheet.text(0.5, y + _ROW_MM / 2, fitted(words, _NAMES_MM - 1.5, 2.4), size=2.4, layer="NAME")
        grades = one.at(report.level)["grade"]
        for column, unit in enumerate(units):
            fill = COLOURS[grades[unit]] if unit in grades.index else "#ffffff"
            sheet.box(_NAMES_MM + wide * column, y, wide, _ROW_MM, fill=fill, stroke=_EDGE, layer="CELL")
    _legend(sheet, _NAMES_MM, 28.0, language)
    return sheet
