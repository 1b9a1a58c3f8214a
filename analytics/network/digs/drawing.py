"""The drawing of a dig in the city's coordinates, as DXF, and what its marks are called on the map, too."""

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

from cim.analytics.network.digs.excavation import Excavation
from cim.analytics.network.digs.notices import NO_DATA
from cim.city import CityProfile
from cim.crs import eastings_northings
from cim.drawing import pipe_colours

RAIL_COLOUR = "#7b3fa0"
"""Of the edges of control protection zones of railways."""


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


def manhole_label(manhole: Mapping[str, Any]) -> str:
    """Return what stands beside a manhole in a drawing: its key, its depth and how exact both are."""
    depth, off = manhole["well_depth_m"], manhole["plan_tolerance_m"]
    deep = "" if depth is None else f"井深{depth:.2f}±{manhole['depth_tolerance_m']:.2f}"
    return " ".join(filter(None, [manhole["key"] or "", deep, f"平面±{off:.2f}"]))


def excavation_dxf(city: CityProfile, found: Excavation) -> bytes:
    """Return an answer as DXF in the city's coordinates, a unit a metre; pipes are 3D lines at their axes.

    Layers: DIG (outline), PIPE_<NETWORK>, ABANDONED, MANHOLE, UNSURVEYED, RAIL (control protection zones), TEXT.
    """
    # The last version in a code page: of a later one, in UTF-8, some readers believe the code page in its head instead.
    document = new("R2004", setup=False)
    document.encoding = "gbk"
    document.header["$INSUNITS"] = 6  # metres
    document.styles.add("CJK", font="simhei.ttf")
    document.layers.add("DIG", color=1, lineweight=50)
    for name in ("UNSURVEYED", "MANHOLE", "ABANDONED", "TEXT"):
        document.layers.add(name)
    document.layers.add("RAIL", true_color=int(RAIL_COLOUR[1:], 16))
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
        _dxf_text(space, manhole_label(manhole), at + 0.4)
    for station in found.rail:
        _dxf_rail(space, city, station)
    drawn = np.concatenate([outline, *(city_places(city, pipe["line"])[:, :2] for pipe in found.pipes)])
    corner = drawn.min(axis=0) - (0, 2.0)
    for number, words in enumerate(_words(city, found)):
        _dxf_text(space, words, corner - (0, 1.2 * number), height=0.7)
    held = io.StringIO()
    document.write(held)
    return held.getvalue().encode(document.output_encoding, "dxfreplace")


def _dxf_rail(space: Modelspace, city: CityProfile, station: Mapping[str, Any]) -> None:
    """Draw the zones of a station or line of a railway, each edge with what it is and how far it reaches."""
    attributes = {"layer": "RAIL"}
    (at,) = city_places(city, [(station["longitude"], station["latitude"])])
    space.add_point(tuple(at), dxfattribs=attributes)
    _dxf_text(space, rail_name(station), at + 0.4)
    for zone in station["zones"]:
        for ring in zone["outlines"]:
            line = city_places(city, ring)[:, :2]
            space.add_lwpolyline(line.tolist(), close=True, dxfattribs=attributes)
        if zone["outlines"]:
            top = max(city_places(city, zone["outlines"][0]).tolist(), key=lambda place: place[1])
            _dxf_text(space, f"{rail_name(station)} {zone_words(zone)}", np.array(top[:2]) + 0.4)


def rail_name(station: Mapping[str, Any]) -> str:
    """Return what a station or line is called."""
    return str(station["name"] or station["key"] or station["feature_id"])


def zone_words(zone: Mapping[str, Any]) -> str:
    """Return what a control protection zone of a railway is called in a drawing: with the metres that it reaches."""
    return f"轨道控制保护区 {zone['from_m']:g}–{zone['to_m']:g} m"


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
