"""Where the problems are: a map of dots, and how many there are of each indicator and in each unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from geopandas import GeoSeries

from cim.analytics.examination.report.blocks import FIGURE_MM, WIDE_MM
from cim.analytics.examination.report.drawings.axis import DIM
from cim.analytics.examination.report.drawings.base_map import base_map
from cim.analytics.examination.report.drawings.choropleth import fitted
from cim.analytics.examination.report.numbers import number
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import DEADLINES, both, said
from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width
from cim.sheets.maps import MapFrame, north_arrow, scale_bar
from cim.sheets.sheet import Point

DOTS = {"within_time": "#c0392b", "best_effort": "#2f6f9f"}
"""Colours of the deadline classes."""
_HEIGHT_MM, _LEGEND_MM = 128.0, 7.0
_HALF_MM = 0.55
"""Of a dot's width."""
_STREET = Stroke(0.3, "#cfd6dd")
_ROW_MM = 4.3


def problem_map(report: Report, language: str) -> Sheet:
    """Draw a dot for each problem of the ledger, on units with their names and the main streets."""
    sheet = Sheet(WIDE_MM, _HEIGHT_MM)
    base = base_map(report, report.level, 0.2, _LEGEND_MM, WIDE_MM - 0.4, _HEIGHT_MM - _LEGEND_MM - 0.2)
    base.draw(sheet, {}, none="#f6f7f8")
    for street in report.streets:
        for course in base.frame.lines(street):
            sheet.line(*course, stroke=_STREET, layer="ROAD")
    problems = report.problems[report.problems.geometry.notna()]
    for deadline in ("best_effort", "within_time"):
        for x, y in _dots(base.frame, problems.geometry[problems["deadline"] == deadline]):
            _diamond(sheet, (x, y), _HALF_MM, DOTS[deadline], "PROBLEM")
    for unit, point in base.points.items():
        name = report.unit_name(unit, language)
        if text_width(name, 2.6) ** 2 < 2.2 * base.sizes[unit]:
            _haloed(sheet, point, name)
    scale_bar(sheet, base.frame, said(both("比例", "Scale"), language))
    north_arrow(sheet, base.frame)
    for place, (deadline, colour) in enumerate(DOTS.items()):
        x = 1.0 + 60 * place
        _diamond(sheet, (x + 1, 3), 2 * _HALF_MM, colour, "LEGEND")
        count = int((problems["deadline"] == deadline).sum())
        sheet.text(x + 3.2, 3, f"{said(DEADLINES[deadline], language)} ({number(count)})", size=2.6, layer="LEGEND")
    return sheet


def _diamond(sheet: Sheet, middle: Point, half: float, fill: str, layer: str) -> None:
    x, y = middle
    sheet.area([(x, y + half), (x + half, y), (x, y - half), (x - half, y)], fill, layer=layer)


def _dots(frame: MapFrame, places: GeoSeries) -> Iterator[Point]:
    """Yield where dots stand, of those that would cover one another only the first: a city has a hundred thousand."""
    taken: set[tuple[int, int]] = set()
    for place in places:
        x, y = frame.place(place.x, place.y)
        cell = round(x / _HALF_MM), round(y / _HALF_MM)
        if cell not in taken:
            taken.add(cell)
            yield x, y


def _haloed(sheet: Sheet, point: Point, text: str) -> None:
    """Write a name on a white ground of its own form, so that dots below it do not eat it."""
    for dx, dy in ((-0.25, 0), (0.25, 0), (0, -0.25), (0, 0.25)):
        sheet.text(point[0] + dx, point[1] + dy, text, size=2.6, anchor="middle", colour="#ffffff", layer="HALO")
    sheet.text(*point, text, size=2.6, anchor="middle", colour="#1b2733", layer="NAME")


def problem_bars(
    rows: Sequence[tuple[str, int, int]], heading: str, language: str
) -> Sheet:  # fmt: skip
    """Draw a bar for each name: problems to be solved within time, and as far as can be.

    Parameters
    ----------
    rows
        Name, problems within time, problems of best effort.
    heading
        What is counted by what.
    language
        zh or en.
    """
    sheet = Sheet(FIGURE_MM, _ROW_MM * len(rows) + 13.0)
    most = max((one + other for _, one, other in rows), default=1) or 1
    names = min(40.0, max((text_width(name, 2.3) for name, _, _ in rows), default=0.0) + 2.0)
    sheet.text(0.5, sheet.height_mm - 2.4, heading, size=2.5, colour=DIM)
    for place, (name, within, effort) in enumerate(rows):
        y = sheet.height_mm - 6.0 - _ROW_MM * (place + 0.5)
        sheet.text(names - 1, y, fitted(name, names - 1.5, 2.3), size=2.3, anchor="end", layer="NAME")
        x = names
        for count, deadline in ((within, "within_time"), (effort, "best_effort")):
            wide = (FIGURE_MM - names - 11) * count / most
            if count:
                sheet.box(x, y - 1.5, wide, 3.0, fill=DOTS[deadline], layer="BAR")
            x += wide
        sheet.text(x + 1, y, number(within + effort), size=2.2, layer="VALUE")
    for place, (deadline, colour) in enumerate(DOTS.items()):
        sheet.box(0.5 + 34 * place, 1.6, 3.2, 2.4, fill=colour, layer="LEGEND")
        sheet.text(4.7 + 34 * place, 2.8, said(DEADLINES[deadline], language), size=2.3, colour=DIM, layer="LEGEND")
    return sheet
