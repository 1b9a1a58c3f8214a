"""Scenes in 3D for notebooks, through pydeck: pages that need no network, no key and no base map."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from cim.analytics.errors import UnknownIndicator
from cim.analytics.examination.examine import Examination
from cim.analytics.examination.report.words import COLOURS
from cim.errors import CimError, MissingExtra

if TYPE_CHECKING:
    import pydeck
    from geopandas import GeoDataFrame

_REMOTE = re.compile(r"<script [^>]*src=[\"']?https?://[^>]*></script>|<link [^>]*href=[\"']?https?://[^>]*>")


class NothingToShow(CimError):
    """A scene would be empty."""

    def __init__(self) -> None:
        super().__init__("there is nothing to show: choose another level, or features that have a height")


def buildings_scene(buildings: GeoDataFrame, *, colour: tuple[int, int, int] = (222, 214, 204)) -> pydeck.Deck:
    """Return footprints raised to their heights.

    Parameters
    ----------
    buildings
        Footprints with `height_m`, metres, in any CRS; those without a height are left out.
    colour
        Red, green and blue, 0 to 255.

    Raises
    ------
    NothingToShow
        None has a height.
    MissingExtra
        pydeck is not installed.
    """
    shown = buildings[buildings["height_m"].notna() & buildings.geometry.notna()].to_crs(4326)
    rows = [
        {"polygon": rings, "height": float(height)}
        for shape, height in zip(shown.geometry, shown["height_m"], strict=True)
        for rings in _polygons(shape)
    ]
    layer = {"get_polygon": "polygon", "get_elevation": "height", "extruded": True, "get_fill_color": list(colour)}
    return _deck(rows, layer, shown, pitch=50)


def indicator_scene(exam: Examination, code: str, level: str = "community") -> pydeck.Deck:
    """Return an indicator's units of one level, coloured by grade.

    Raises
    ------
    UnknownIndicator
        The register has no indicator of that code.
    NothingToShow
        It is not told for units of that level.
    MissingExtra
        pydeck is not installed.
    """
    if code not in exam.register.indicators:
        raise UnknownIndicator(code, exam.register.indicators)
    of_code = exam.table[(exam.table["code"] == code) & (exam.table["level"] == level)].set_index("unit_id")
    units = exam.units.loc[of_code.index].to_crs(4326)
    told = zip(units.geometry, units["name"], of_code["value"].tolist(), of_code["grade"], strict=True)
    rows = [
        {
            "polygon": rings,
            "colour": [*bytes.fromhex(COLOURS[str(grade)].removeprefix("#")), 200],
            "name": str(name),
            "value": None if np.isnan(value) else round(value, 3),
            "grade": str(grade),
        }
        for shape, name, value, grade in told
        for rings in _polygons(shape)
    ]
    layer = {"get_polygon": "polygon", "get_fill_color": "colour", "get_line_color": [90, 100, 110], "stroked": True}
    return _deck(rows, {**layer, "line_width_min_pixels": 1, "pickable": True}, units, pitch=0)


def write_scene(deck: pydeck.Deck, path: Path) -> Path:
    """Write a scene as one page that opens without a network."""
    data = deck.to_json()
    # What pydeck would fetch is for base maps, of which there is none.
    page = _REMOTE.sub("", str(deck.to_html(as_string=True, offline=True)))
    # A name may hold what would end the script that the data stand in.
    path.write_text(page.replace(data, data.replace("<", "\\u003c")), encoding="utf-8")
    return path


def _polygons(shape: shapely.Geometry) -> list[list[list[list[float]]]]:
    """Return the polygons of a shape as deck.gl takes them: rings of longitude and latitude, the outer one first."""
    return [
        [shapely.get_coordinates(ring).round(7).tolist() for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(shape)
    ]


def _deck(rows: list[dict[str, Any]], layer: Mapping[str, Any], shown: GeoDataFrame, *, pitch: float) -> pydeck.Deck:
    try:
        import pydeck  # an optional extra
    except ImportError as error:
        raise MissingExtra("notebook", "a scene in 3D") from error
    if not rows:
        raise NothingToShow
    west, south, east, north = shown.total_bounds
    view = pydeck.ViewState(
        longitude=(west + east) / 2, latitude=(south + north) / 2, zoom=_zoom(east - west), pitch=pitch, bearing=0
    )
    layers = [pydeck.Layer("PolygonLayer", rows, **layer)]
    tooltip = {"text": "{name}\n{value}\n{grade}"} if layer.get("pickable") else False
    return pydeck.Deck(layers, initial_view_state=view, map_provider=None, map_style=None, tooltip=tooltip)


def _zoom(width_degrees: float) -> float:
    """Return the zoom at which a width fills a window of some 800 pixels (256 pixels are the world at zoom 0)."""
    return float(np.clip(np.log2(360 * 800 / (256 * max(width_degrees, 1e-4))) - 0.6, 1, 18))
