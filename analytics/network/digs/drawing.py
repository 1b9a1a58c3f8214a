"""The drawing of a dig: in the city's coordinates as DXF, and as a map on a sheet."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from ezdxf.colors import rgb2int
from ezdxf.enums import TextEntityAlignment
from ezdxf.filemanagement import new
from ezdxf.layouts.layout import Modelspace

from cim.analytics.network.digs.excavation import NO_DATA, Excavation
from cim.city import CityProfile
from cim.crs import eastings_northings
from cim.drawing import pipe_colours
from cim.sheets import Sheet, Stroke
from cim.sheets.maps import MapFrame, north_arrow, scale_bar

_RED, _GREY, _ROAD, _BARE = "#c00000", "#666666", "#efefef", "#fff1c4"


def city_places(city: CityProfile, told: Sequence[Sequence[float]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return places of an answer in the city's CRS, with their heights where they have one."""
    places = np.asarray(told, dtype=np.float64)
    flat = np.column_stack(eastings_northings(city, places[:, 0], places[:, 1]))
    return flat if places.shape[1] == 2 else np.column_stack([flat, places[:, 2]])


def pipe_label(pipe: Mapping[str, Any]) -> str:
    """Return what stands beside a pipe in a drawing: class, size, material, depth."""
    depth = "埋深未知" if pipe["depth_m"] is None else f"埋深{pipe['depth_m']:.2f}±{pipe['depth_tolerance_m']:.2f}"
    told = [pipe["class_code"] or pipe["network"], pipe_size(pipe), pipe["material"] or "", depth]
    return " ".join(filter(None, told)) + (" 废弃" if pipe["abandoned"] else "")


def pipe_size(pipe: Mapping[str, Any]) -> str:
    """Return the size as people write it: DN, or width × height."""
    if pipe["diameter_mm"]:
        return f"DN{pipe['diameter_mm']:.0f}"
    return f"{pipe['width_mm']:.0f}×{pipe['height_mm']:.0f}" if pipe["width_mm"] and pipe["height_mm"] else ""


def excavation_dxf(city: CityProfile, found: Excavation) -> bytes:
    """Return an answer as DXF in the city's coordinates, a unit a metre; pipes are 3D lines at their axes.

    Layers: DIG (outline), PIPE_<NETWORK>, ABANDONED, MANHOLE, UNSURVEYED, TEXT.
    """
    # The last version in a code page: of a later one, in UTF-8, some readers believe the code page in its head instead.
    document = new("R2004", setup=False)
    document.encoding = "gbk"
    document.header["$INSUNITS"] = 6  # metres
    document.styles.add("CJK", font="simhei.ttf")
    document.layers.add("DIG", color=1, lineweight=50)
    for name in ("UNSURVEYED", "MANHOLE", "ABANDONED", "TEXT"):
        document.layers.add(name)
    for name, colour in pipe_colours().items():
        document.layers.add(f"PIPE_{name.upper()}", true_color=rgb2int(colour.rgb))
    space = document.modelspace()
    outline = city_places(city, found.dig["outline"])[:, :2]
    space.add_lwpolyline(outline.tolist(), close=True, dxfattribs={"layer": "DIG"})
    for part in found.unsurveyed["outlines"]:
        attributes = {"layer": "UNSURVEYED"}
        space.add_lwpolyline(city_places(city, part)[:, :2].tolist(), close=True, dxfattribs=attributes)
    for pipe in found.pipes:
        line = city_places(city, pipe["line"])
        layer = "ABANDONED" if pipe["abandoned"] else f"PIPE_{pipe['network'].upper()}"
        (space.add_polyline3d if line.shape[1] == 3 else space.add_lwpolyline)(
            line.tolist(), dxfattribs={"layer": layer}
        )
        at, angle = _beside(line[:, :2], shapely.Polygon(outline).buffer(found.dig["near_m"]))
        _dxf_text(space, pipe_label(pipe), at, angle=angle)
    for manhole in found.manholes:
        at = city_places(city, [(manhole["longitude"], manhole["latitude"])])[0]
        space.add_circle(tuple(at), 0.35, dxfattribs={"layer": "MANHOLE"})
        _dxf_text(space, manhole["key"] or "", at + 0.4)
    drawn = np.concatenate([outline, *(city_places(city, pipe["line"])[:, :2] for pipe in found.pipes)])
    corner = drawn.min(axis=0) - (0, 2.0)
    for number, words in enumerate(_words(city, found)):
        _dxf_text(space, words, corner - (0, 1.2 * number), height=0.7)
    held = io.StringIO()
    document.write(held)
    return held.getvalue().encode(document.output_encoding, "dxfreplace")


def _beside(line: np.ndarray[Any, Any], near: shapely.Polygon) -> tuple[np.ndarray[Any, Any], float]:
    """Return where a pipe's label stands, a hand beside the middle of its part near the dig, and its angle."""
    whole = shapely.LineString(line)
    seen = whole.intersection(near)
    part = max(getattr(seen, "geoms", [seen]), key=lambda one: one.length)
    ends = shapely.get_coordinates(part if part.length else whole)
    along = ends[-1] - ends[0]
    turned = (math.degrees(math.atan2(along[1], along[0])) + 90) % 180 - 90
    upright = math.radians(turned + 90)
    middle = shapely.get_coordinates((part if part.length else whole).interpolate(0.5, normalized=True))[0]
    return middle + 0.15 * np.array([math.cos(upright), math.sin(upright)]), turned


def _dxf_text(
    space: Modelspace,
    text: str,
    at: Sequence[float] | np.ndarray[Any, Any],
    height: float = 0.35,
    angle: float | None = None,
) -> None:
    """Write a line of text: from a place on, or along a line about its middle."""
    attributes = {"layer": "TEXT", "style": "CJK"}
    entity = space.add_text(text, height=height, rotation=angle or 0.0, dxfattribs=attributes)
    align = TextEntityAlignment.LEFT if angle is None else TextEntityAlignment.BOTTOM_CENTER
    entity.set_placement((float(at[0]), float(at[1])), align=align)


def _words(city: CityProfile, found: Excavation) -> Iterator[str]:
    yield f"{NO_DATA['zh']} / {NO_DATA['en']}"
    yield f"{city.name_zh}{'（合成数据）' if city.synthetic and '合成' not in city.name_zh else ''}"
    yield f"开挖深度 {found.dig['depth_m']:g} m；有效期至 {found.dig['expires']}；数据版本 {found.city['data_version']}"


def dig_map(city: CityProfile, found: Excavation, width_mm: float, height_mm: float) -> Sheet:
    """Return a map of a dig; where there is room pipes carry their numbers in the answer's list, from 1."""
    outline = city_places(city, found.dig["outline"])[:, :2]
    near = found.dig["near_m"]
    around = (*outline.min(axis=0) - near, *outline.max(axis=0) + near)
    frame = MapFrame.around(around, 0.0, 0.0, width_mm, height_mm, margin_mm=4.0)
    sheet = Sheet(width_mm, height_mm, "开挖范围管线图")
    for road in found.roads:
        _road(sheet, frame, city, road)
    for part in found.unsurveyed["outlines"]:
        _clipped(sheet, frame, shapely.Polygon(frame.course(city_places(city, part))), _BARE)
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
    sheet.box(0, 0, width_mm, height_mm, stroke=Stroke(0.35))
    scale_bar(sheet, frame, "比例")
    north_arrow(sheet, frame)
    return sheet


def _paper(frame: MapFrame, margin_mm: float = 0.0) -> shapely.Polygon:
    """Return the map's extent on paper."""
    return shapely.box(margin_mm, margin_mm, frame.width - margin_mm, frame.height - margin_mm)


def _clipped(sheet: Sheet, frame: MapFrame, shape: shapely.Geometry, fill: str) -> None:
    inside = shapely.make_valid(shape).intersection(_paper(frame))
    for part in getattr(inside, "geoms", [inside]):
        if isinstance(part, shapely.Polygon) and not part.is_empty:
            sheet.area([(x, y) for x, y in part.exterior.coords], fill)


def _road(sheet: Sheet, frame: MapFrame, city: CityProfile, road: Mapping[str, Any]) -> None:
    line = shapely.LineString(frame.course(city_places(city, road["line"])))
    half = (road["width_m"] or 8.0) / 2 * 1000 / frame.scale
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
