"""The map of a dig on a sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import shapely

from cim.analytics.network.digs.drawing import RAIL_COLOUR, city_places, rail_name, zone_words
from cim.analytics.network.digs.excavation import Excavation
from cim.analytics.network.digs.roads import DEFAULT_WIDTH_M
from cim.city import CityProfile
from cim.drawing import pipe_colours
from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width
from cim.sheets.maps import MapFrame, north_arrow, scale_bar

_RED, _GREY, _ROAD, _BARE = "#c00000", "#666666", "#efefef", "#fff1c4"
RAIL_EDGE, _RAIL_GROUND = Stroke(0.4, RAIL_COLOUR, (4, 1, 0.8, 1)), "#f5ecfa"
"""Edges of the control protection zones of railways, and their ground."""
_MOST_WORDS = 6
"""Lines about railways on the map; the list tells all."""


def dig_map(city: CityProfile, found: Excavation, width_mm: float, height_mm: float) -> Sheet:
    """Return a map of a dig; where there is room pipes carry their numbers in the answer's list, from 1."""
    outline = city_places(city, found.dig["outline"])[:, :2]
    near = found.dig["near_m"]
    around = (*outline.min(axis=0) - near, *outline.max(axis=0) + near)
    frame = MapFrame.around(around, 0.0, 0.0, width_mm, height_mm, margin_mm=4.0)
    sheet = Sheet(width_mm, height_mm, "开挖范围管线图")
    rings = [
        _ring(frame, city, ring) for station in found.rail for zone in station["zones"] for ring in zone["outlines"]
    ]
    for ring in rings:
        _clipped(sheet, frame, ring, _RAIL_GROUND)
    for road in found.roads:
        _road(sheet, frame, city, road)
    for part in found.unsurveyed["outlines"]:
        _clipped(sheet, frame, _ring(frame, city, part), _BARE)
    for station in found.rail:
        _rail(sheet, frame, city, station)
    sheet.area(frame.course(outline)[:-1], None, Stroke(0.7, _RED, (3, 1.2)), layer="DIG")
    seen = [_pipe(sheet, frame, city, pipe) for pipe in found.pipes]
    for manhole in found.manholes:
        ((x, y),) = frame.course(city_places(city, [(manhole["longitude"], manhole["latitude"])]))
        if _paper(frame, 2).contains(shapely.Point(x, y)):
            sheet.ellipse(x, y, 1.8, 1.8, fill="#ffffff", stroke=Stroke(0.25, pipe_colours()[manhole["network"]].hex))
    taken: list[shapely.Polygon] = []
    for number, (pipe, line) in enumerate(zip(found.pipes, seen, strict=True), 1):
        if line is not None:
            _number(sheet, line, number, pipe_colours()[pipe["network"]].hex, taken)
    _rail_words(sheet, frame, found)
    sheet.box(0, 0, width_mm, height_mm, stroke=Stroke(0.35))
    scale_bar(sheet, frame, "比例")
    north_arrow(sheet, frame)
    return sheet


def _paper(frame: MapFrame, margin_mm: float = 0.0) -> shapely.Polygon:
    """Return the map's extent on paper."""
    return shapely.box(margin_mm, margin_mm, frame.width - margin_mm, frame.height - margin_mm)


def _ring(frame: MapFrame, city: CityProfile, told: Sequence[Sequence[float]]) -> shapely.Polygon:
    """Return an outline of an answer on paper."""
    return shapely.Polygon(frame.course(city_places(city, told)))


def _rail_ground(sheet: Sheet, frame: MapFrame, city: CityProfile, station: Mapping[str, Any]) -> None:
    """Fill the zones of a railway, below all else: what is nearer than a zone begins asks more, never less."""
    for zone in station["zones"]:
        for told in zone["outlines"]:
            _clipped(sheet, frame, _ring(frame, city, told), _RAIL_GROUND)


def _rail(sheet: Sheet, frame: MapFrame, city: CityProfile, station: Mapping[str, Any]) -> None:
    """Draw the edges of a railway's zones as far as they are mapped, and where it stands itself."""
    for zone in station["zones"]:
        for told in zone["outlines"]:
            for edge in frame.lines(shapely.LineString(city_places(city, told))):
                sheet.line(*edge, stroke=RAIL_EDGE, layer="RAIL")
    ((x, y),) = frame.course(city_places(city, [(station["longitude"], station["latitude"])]))
    if _paper(frame, 2).contains(shapely.Point(x, y)):
        sheet.box(x - 1.2, y - 1.2, 2.4, 2.4, fill=RAIL_COLOUR, layer="RAIL")


def _rail_words(sheet: Sheet, frame: MapFrame, found: Excavation) -> None:
    """Write into the upper left corner whose zones are mapped: they are wider than most maps of a dig."""
    told = [f"{rail_name(one)}  {zone_words(zone)}" for one in found.rail for zone in one["zones"]]
    for number, words in enumerate(told[:_MOST_WORDS]):
        y = frame.height - 4 - 3.6 * number
        sheet.box(2, y - 1.7, text_width(words, 2.3) + 2, 3.4, fill="#ffffff", layer="TEXT")
        sheet.text(3, y, words, size=2.3, colour=RAIL_COLOUR)


def _clipped(sheet: Sheet, frame: MapFrame, shape: shapely.Geometry, fill: str) -> None:
    inside = shapely.make_valid(shape).intersection(_paper(frame))
    for part in getattr(inside, "geoms", [inside]):
        if isinstance(part, shapely.Polygon) and not part.is_empty:
            sheet.area([(x, y) for x, y in part.exterior.coords], fill)


def _road(sheet: Sheet, frame: MapFrame, city: CityProfile, road: Mapping[str, Any]) -> None:
    line = shapely.LineString(frame.course(city_places(city, road["line"])))
    half = (road["width_m"] or DEFAULT_WIDTH_M) / 2 * 1000 / frame.scale
    _clipped(sheet, frame, line.buffer(half, cap_style="flat"), _ROAD)
    seen = line.intersection(_paper(frame, 6))
    parts = [part for part in getattr(seen, "geoms", [seen]) if part.length > 20]
    if road["name"] and parts:
        longest = max(parts, key=lambda part: part.length)
        (x0, y0), (x1, y1) = longest.coords[0], longest.coords[-1]
        angle = (math.degrees(math.atan2(y1 - y0, x1 - x0)) + 90) % 180 - 90
        at = longest.interpolate(0.8, normalized=True)
        sheet.text(at.x, at.y, road["name"], size=3.2, anchor="middle", angle=angle, colour="#999999")


def _pipe(sheet: Sheet, frame: MapFrame, city: CityProfile, pipe: Mapping[str, Any]) -> shapely.LineString | None:
    """Draw a pipe; return the longest part of it that is seen, if any is."""
    colour = pipe_colours()[pipe["network"]].hex
    stroke = Stroke(
        0.5 if pipe["by_hand"] else 0.3, _GREY if pipe["abandoned"] else colour, (1.5, 1) if pipe["abandoned"] else ()
    )
    seen = shapely.LineString(frame.course(city_places(city, pipe["line"]))).intersection(_paper(frame))
    parts = [part for part in getattr(seen, "geoms", [seen]) if isinstance(part, shapely.LineString) and part.length]
    for part in parts:
        sheet.line(*[(x, y) for x, y in part.coords], stroke=stroke, layer=f"PIPE_{pipe['network'].upper()}")
    return max(parts, key=lambda part: part.length, default=None)


def _number(sheet: Sheet, line: shapely.LineString, number: int, colour: str, taken: list[shapely.Polygon]) -> None:
    """Write a pipe's number on it where none stands yet; where there is no room the list alone tells it."""
    half = 0.85 + 0.6 * len(str(number))
    # Staggered, so that the numbers of pipes side by side do not line up.
    for step in range(5):
        at = line.interpolate(0.15 + 0.7 * (((number + 2 * step) * 0.382) % 1), normalized=True)
        box = shapely.box(at.x - half, at.y - 1.3, at.x + half, at.y + 1.3)
        if not any(box.intersects(other) for other in taken):
            taken.append(box)
            sheet.box(at.x - half, at.y - 1.3, 2 * half, 2.6, fill="#ffffff", stroke=Stroke(0.15, colour), layer="TEXT")
            sheet.text(at.x, at.y, str(number), size=2.1, anchor="middle")
            return
