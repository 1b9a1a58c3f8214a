"""The map of a 关阀分析报告: valves by number, the isolated part, buildings without supply."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import shapely

from cim.analytics.network.bursts.report import MAP_MM, BurstReport
from cim.analytics.network.bursts.words import say
from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width
from cim.sheets.maps import MapFrame, north_arrow, scale_bar
from cim.sheets.sheet import Point

_LEGEND_MM = 8.0
_GREY = "#8497a8"
_ROAD = Stroke(0.12, "#cfcfcf")
PARTS = {"isolated": "#d00000", "beyond": "#f08000"}
"""Colours of the two parts without supply."""
ROLES = {"close": "#d00000", "closed": "#333333", "not_usable": "#888888", "reopen": "#2e8b57"}
"""Colours of the valves by role."""
_LOST = "#f6c8b6"
_PAPER = "#fffffe"  # white that a DXF keeps
_SHORT = {
    "close": ("需关阀门", "to close"),
    "closed": ("已关", "closed"),
    "not_usable": ("失效", "stuck"),
    "reopen": ("可开启", "may reopen"),
}


@dataclass
class _Map:
    """A sheet, and where places of the city stand on it."""

    sheet: Sheet
    frame: MapFrame
    taken: list[Point] = field(default_factory=list)
    """Where badges and names stand, millimetres."""

    @property
    def box(self) -> shapely.Polygon:
        """The part that is mapped, city CRS."""
        return shapely.box(*self.frame.box)


def burst_map(report: BurstReport, language: str) -> Sheet:
    """Draw the map of a report.

    Parameters
    ----------
    report
        What it shows.
    language
        zh or en.
    """
    sheet = Sheet(MAP_MM[0], MAP_MM[1] + _LEGEND_MM, say("map", language))
    frame = MapFrame(0.0, _LEGEND_MM, *MAP_MM, report.box[0], report.box[1], report.scale)
    drawn = _Map(sheet, frame)
    _around(drawn, report)
    _pipes(drawn, report)
    _valves(drawn, report)
    _burst(drawn, report)
    sheet.box(0, _LEGEND_MM, *MAP_MM, stroke=Stroke(0.35))
    scale_bar(sheet, frame, say("scale", language))
    north_arrow(sheet, frame)
    _legend(sheet, report, language)
    return sheet


def _around(drawn: _Map, report: BurstReport) -> None:
    """Draw roads and buildings; those without supply tinted."""
    lost = {row["building_id"] for row in report.found.services}
    for row in report.around:
        if row["kind"] == "road":
            band = shapely.buffer(shapely.force_2d(row["geom"]), (row["width_m"] or 4) / 2, cap_style="flat")
            for outline, _ in drawn.frame.rings(band):
                drawn.sheet.area(outline, "#f3f3f3", _ROAD, "ROAD")
    for row in report.around:
        if row["kind"] == "building":
            mine = row["feature_id"] in lost
            for outline, _ in drawn.frame.rings(row["geom"]):
                stroke = Stroke(0.2, PARTS["isolated"] if mine else "#b5b5b5")
                drawn.sheet.area(outline, _LOST if mine else "#e4e4e4", stroke, "BUILDING")
    _road_names(drawn, report)


def _road_names(drawn: _Map, report: BurstReport) -> None:
    """Write each road's name once, along its longest piece, where it fits."""
    longest: dict[str, shapely.LineString] = {}
    for row in report.around:
        if row["kind"] != "road" or not row["name"]:
            continue
        for part in map(shapely.LineString, drawn.frame.lines(row["geom"])):
            if part.length > getattr(longest.get(row["name"]), "length", 0.0):
                longest[row["name"]] = part
    for name, course in longest.items():
        (x0, y0), (x1, y1) = ((p.x, p.y) for p in (course.interpolate(s, normalized=True) for s in (0.35, 0.65)))
        run = math.hypot(x1 - x0, y1 - y0)
        middle = (x0 + x1) / 2, (y0 + y1) / 2
        if run < 0.3 * text_width(name, 2.1) or any(math.dist(middle, other) < 9 for other in drawn.taken):
            continue
        drawn.taken.append(middle)
        angle = (math.degrees(math.atan2(y1 - y0, x1 - x0)) + 90) % 180 - 90
        drawn.sheet.text(*middle, name, size=2.1, anchor="middle", angle=angle, colour="#777777", layer="NAMES")


def _pipes(drawn: _Map, report: BurstReport) -> None:
    """Draw pipes, those without supply last."""
    part = {segment: name for name in PARTS for segment in getattr(report.found, name)["segments"]}
    burst = report.found.segment["segment_id"]
    for wanted, stroke in (
        (None, Stroke(0.25, _GREY)),
        ("beyond", Stroke(0.7, PARTS["beyond"])),
        ("isolated", Stroke(0.8, PARTS["isolated"])),
    ):
        for segment, course in report.pipes:
            if part.get(segment) == wanted:
                for points in drawn.frame.lines(course):
                    width = Stroke(1.4, stroke.colour) if segment == burst else stroke
                    drawn.sheet.line(*points, stroke=width, layer="PIPE")


def _valves(drawn: _Map, report: BurstReport) -> None:
    """Draw each valve as a dot, and a badge with its number where there is room beside it."""
    known = ((valve, report.places.get(valve["valve_id"])) for valve in report.found.valves)
    points = [(valve, drawn.frame.place(*at)) for valve, at in known if at and drawn.box.contains(shapely.Point(at))]
    drawn.taken[:] = [drawn.frame.place(*report.burst_at)]
    dots = [point for _, point in points]
    badges = []
    for _, point in points:
        badges.append(_free(drawn, point, dots))
        drawn.taken.append(badges[-1])
    for (valve, point), badge in zip(points, badges, strict=True):
        drawn.sheet.line(point, badge, stroke=Stroke(0.2, ROLES[valve["role"]]), layer="VALVE")
    for (valve, point), badge in zip(points, badges, strict=True):
        colour, number = ROLES[valve["role"]], str(valve["order"])
        drawn.sheet.ellipse(*point, 1.2, 1.2, fill=colour, layer="VALVE")
        drawn.sheet.ellipse(*badge, 4.4, 4.4, fill=colour, stroke=Stroke(0.3, _PAPER), layer="VALVE")
        size = 2.5 if len(number) < 3 else 1.9
        drawn.sheet.text(*badge, number, size=size, anchor="middle", colour=_PAPER, layer="BADGE")


def _free(drawn: _Map, point: Point, dots: Sequence[Point]) -> Point:
    """Return where a badge finds room, the nearest place to its valve: on no other badge, and on no valve's dot."""
    high = drawn.sheet.width_mm - 2.5, drawn.sheet.height_mm - 2.5
    for away in (4.0, 6.5, 9.5, 13.0, 17.0, 22.0):
        for turn in range(12):
            angle = math.pi / 4 + turn * math.pi / 6
            place = point[0] + away * math.cos(angle), point[1] + away * math.sin(angle)
            inside = 2.5 <= place[0] <= high[0] and _LEGEND_MM + 2.5 <= place[1] <= high[1]
            clear = all(math.dist(place, other) >= 5.0 for other in drawn.taken)
            if inside and clear and all(math.dist(place, dot) >= 3.0 for dot in dots):
                return place
    return point


def _burst(drawn: _Map, report: BurstReport) -> None:
    """Draw a star where the burst is."""
    x, y = drawn.frame.place(*report.burst_at)
    star = []
    for turn in range(16):
        away, angle = (3.0 if turn % 2 == 0 else 1.4), turn * math.pi / 8
        star.append((x + away * math.cos(angle), y + away * math.sin(angle)))
    drawn.sheet.area(star, "#ffd400", Stroke(0.3, "#a00000"), "BURST")


def _legend(sheet: Sheet, report: BurstReport, language: str) -> None:
    """Explain below the map what is on it."""
    x, y = 0.5, _LEGEND_MM / 2 - 0.5
    roles = {valve["role"] for valve in report.found.valves}
    entries: list[tuple[str, str, str]] = [("burst", "#ffd400", say("burst place", language))]
    entries += [("dot", colour, _SHORT[role][language == "en"]) for role, colour in ROLES.items() if role in roles]
    entries += [("line", PARTS[part], say(part, language)) for part in PARTS if getattr(report.found, part)["segments"]]
    entries += [("line", _GREY, say("other", language)), ("box", _LOST, say("lost building", language))]
    for kind, colour, text in entries:
        if kind == "line":
            sheet.line((x, y), (x + 5, y), stroke=Stroke(0.8, colour), layer="LEGEND")
        elif kind == "box":
            sheet.box(x + 0.5, y - 1.3, 4, 2.6, fill=colour, stroke=Stroke(0.2, PARTS["isolated"]), layer="LEGEND")
        else:
            sheet.ellipse(x + 2.5, y, 3, 3, fill=colour, stroke=Stroke(0.15), layer="LEGEND")
        sheet.text(x + 6.2, y, text, size=2.3, layer="LEGEND")
        x += 6.2 + text_width(text, 2.3) + 4
