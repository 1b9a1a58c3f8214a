"""The map of an indicator: units coloured by grade and value, with legend, scale bar and north arrow."""

from __future__ import annotations

from collections.abc import Sequence

from cim.analytics.examination.report.blocks import FIGURE_MM
from cim.analytics.examination.report.drawings.base_map import base_map
from cim.analytics.examination.report.drawings.shown import Class, Shown, classes, colours
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import UNITS_OF, both, said
from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width
from cim.sheets.maps import north_arrow, scale_bar

HEIGHT_MM = 67.0
"""Height of the map with its legend; charts beside it are as high."""
_LEGEND_MM = 17.0
_ROW_MM = 3.9
_SMALLEST_MM2 = 9.0
"""Of a unit with a number in it."""


def choropleth(report: Report, level: str, drawn: Shown, ranked: Sequence[int], language: str) -> Sheet:
    """Draw the map of an indicator.

    Parameters
    ----------
    report
        With the units.
    level
        Level that is mapped.
    drawn
        Its values.
    ranked
        Units that the chart beside it lists, in its order: their numbers stand on the map.
    language
        zh or en.
    """
    sheet = Sheet(FIGURE_MM, HEIGHT_MM)
    base = base_map(report, level, 0.2, _LEGEND_MM, FIGURE_MM - 0.4, HEIGHT_MM - _LEGEND_MM - 0.2)
    base.draw(sheet, colours(drawn))
    for number, unit in enumerate(ranked, 1):
        if base.sizes.get(unit, 0.0) >= _SMALLEST_MM2:
            sheet.text(*base.points[unit], str(number), size=2.1, anchor="middle", layer="NUMBER")
    scale_bar(sheet, base.frame)
    north_arrow(sheet, base.frame)
    name = UNITS_OF[level]
    heading = both(f"{name.zh}，{drawn.unit.zh}", f"{name.en.capitalize()}, {drawn.unit.en}")
    _legend(sheet, classes(drawn), said(heading, language), _LEGEND_MM - 2.6, language)
    return sheet


def _legend(sheet: Sheet, found: Sequence[Class], heading: str, top: float, language: str) -> None:
    """Explain the colours in two columns below a map, with the number of units of each."""
    sheet.text(0.5, top, heading, size=2.5, colour="#44505c", layer="LEGEND")
    for place, each in enumerate(found):
        x, y = 0.5 + FIGURE_MM / 2 * (place % 2), top - _ROW_MM * (1 + place // 2)
        sheet.box(x, y - 1.3, 4.4, 2.6, fill=each.colour, stroke=Stroke(0.13, "#5b6675"), layer="LEGEND")
        words, count = said(each.words, language), f" ({len(each.units)})"
        sheet.text(x + 5.6, y, fitted(words, FIGURE_MM / 2 - 7 - text_width(count, 2.4), 2.4) + count, size=2.4,
                   layer="LEGEND")  # fmt: skip


def fitted(text: str, width: float, size: float) -> str:
    """Return a text as far as it fits, with an ellipsis where it does not."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"
