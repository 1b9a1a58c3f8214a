"""The map on a community's sheet."""

from __future__ import annotations

import shapely

from cim.analytics.examination.community.gathering import Community
from cim.analytics.examination.report.drawings.problem_map import DOTS
from cim.analytics.examination.report.words import DEADLINES
from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width
from cim.sheets.maps import MapFrame, north_arrow, scale_bar

_ROADS = {"expressway": 1.2, "arterial": 1.0, "collector": 0.7, "secondary": 0.7, "local": 0.45}
_PAPER = "#ffffff"
_OUTSIDE = "#f4f5f6"
_HOME, _OTHER = "#e3ddd2", "#d9dde1"
_HAS = "#f0c9a8"
"""Of a building with a problem."""
_LEGEND_MM = 5.0


def draw_map(sheet: Sheet, told: Community, left: float, bottom: float, width: float, height: float) -> None:
    """Draw the unit with its buildings, streets and problems in a rectangle of the sheet, a legend below it."""
    frame = MapFrame.around(told.shape.bounds, left, bottom + _LEGEND_MM, width, height - _LEGEND_MM, 4.0)
    sheet.box(frame.left, frame.bottom, frame.width, frame.height, fill=_OUTSIDE)
    for outline, _ in frame.rings(told.shape):
        sheet.area(outline, _PAPER)
    _streets(sheet, frame, told)
    _buildings(sheet, frame, told)
    for outline, holes in frame.rings(told.shape):
        for ring in (outline, *holes):
            sheet.area(ring, None, Stroke(0.55, "#1f4e79"))
    _problems(sheet, frame, told)
    sheet.box(frame.left, frame.bottom, frame.width, frame.height, stroke=Stroke(0.2, "#9aa5b0"))
    scale_bar(sheet, frame, "比例")
    north_arrow(sheet, frame)
    _legend(sheet, left, bottom + 1.6)


def _streets(sheet: Sheet, frame: MapFrame, told: Community) -> None:
    for row in told.around:
        if row["kind"] == "road":
            stroke = Stroke(_ROADS.get(row["sort"] or "", 0.25), "#cdd3d9")
            for course in frame.lines(row["geom"]):
                sheet.line(*course, stroke=stroke)


def _buildings(sheet: Sheet, frame: MapFrame, told: Community) -> None:
    """Draw buildings, those with a problem in another colour."""
    with_problem = told.problems[(told.problems["theme"] == "building") & told.problems.geometry.notna()]
    points = (
        shapely.points([shape.point_on_surface().coords[0] for shape in with_problem.geometry])
        if len(with_problem)
        else []
    )
    tree = shapely.STRtree(points)
    for row in told.around:
        if row["kind"] != "building":
            continue
        faulty = len(tree.query(row["geom"], predicate="intersects")) > 0
        colour = _HAS if faulty else (_HOME if row["sort"] == "residential" else _OTHER)
        for outline, _ in frame.rings(row["geom"]):
            sheet.area(outline, colour, Stroke(0.06, "#9d968a"))


def _problems(sheet: Sheet, frame: MapFrame, told: Community) -> None:
    """Draw a dot for each thing with problems that is no unit, red where any is to be solved by a day."""
    rows = told.problems[told.problems.geometry.notna() & (told.problems["feature_id"] != told.unit_id)]
    urgent = rows["deadline"].eq("within_time").groupby(rows["feature_id"]).any()
    places = rows.drop_duplicates("feature_id")
    for deadline in ("best_effort", "within_time"):
        chosen = places["feature_id"].map(urgent) == (deadline == "within_time")
        for shape in places.geometry[chosen]:
            inside = shape.point_on_surface()
            x, y = frame.place(inside.x, inside.y)
            if frame.left < x < frame.left + frame.width and frame.bottom < y < frame.bottom + frame.height:
                sheet.ellipse(x, y, 1.5, 1.5, fill=DOTS[deadline], stroke=Stroke(0.12, _PAPER))


def _legend(sheet: Sheet, left: float, y: float) -> None:
    x = left
    for deadline in ("within_time", "best_effort"):
        words = DEADLINES[deadline]
        sheet.ellipse(x + 0.9, y, 1.6, 1.6, fill=DOTS[deadline])
        text = f"{words.zh} {words.en}"
        sheet.text(x + 2.4, y, text, size=2.1)
        x += 2.4 + text_width(text, 2.1) + 3
    sheet.box(x, y - 0.9, 2.6, 1.8, fill=_HAS, stroke=Stroke(0.06, "#9d968a"))
    sheet.text(x + 3.4, y, "有问题的建筑 with a problem", size=2.1)
