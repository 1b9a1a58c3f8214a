"""Scenes in 3D through cesiumpy, aimed at the CesiumJS that this platform serves: the one place that knows cesiumpy.

cesiumpy (0.3.3, of 2016) writes pages for a CesiumJS of its time: a global script from cesiumjs.org, and imagery of a
service that wants a key. Its entities are still CesiumJS's own, so we take those and write the rest of the page.
"""

from __future__ import annotations

import importlib.util
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from cim.analytics.scenes import NothingToShow
from cim.errors import MissingExtra

if TYPE_CHECKING:
    import cesiumpy
    from geopandas import GeoDataFrame

COPIED = "cesium"
"""Folder beside a page that holds CesiumJS, where no server is named."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>CIM</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{cesium}/CesiumWidget.css">
<style>html, body, #scene {{ width: 100%; height: 100%; margin: 0; overflow: hidden; }}</style>
</head>
<body>
<div id="scene"></div>
<script type="module">
import * as Cesium from "{cesium}/index.js";
Cesium.buildModuleUrl.setBaseUrl("{cesium}/");
// Its own credit is the mark of a service that this page does not use.
Cesium.CreditDisplay.cesiumCredit = new Cesium.Credit("CesiumJS", true);
const options = {{ baseLayer: false, skyBox: false, scene3DOnly: true }};
const widget = new Cesium.CesiumWidget("scene", options);
widget.scene.globe.baseColor = Cesium.Color.fromCssColorString("#eef0ea");
window.widget = widget;
{script}
</script>
</body>
</html>
"""


def buildings_widget(
    buildings: GeoDataFrame, *, colour: tuple[int, int, int] = (222, 214, 204), most: int = 5000
) -> cesiumpy.CesiumWidget:
    """Return footprints raised to their heights, as entities that can be added to; courtyards are filled.

    Parameters
    ----------
    buildings
        Footprints with `height_m`, metres, in any CRS; those without a height are left out. They stand on the
        ellipsoid: a scene of its own has no terrain.
    colour
        Red, green and blue, 0 to 255.
    most
        At most so many, the highest first: each is an entity of its own.

    Raises
    ------
    NothingToShow
        None has a height.
    MissingExtra
        cesiumpy is not installed.
    """
    module = _cesiumpy()
    shown = buildings[buildings["height_m"].notna() & buildings.geometry.notna()]
    shown = shown.nlargest(most, "height_m").to_crs(4326)
    if shown.empty:
        raise NothingToShow
    widget = module.CesiumWidget(divid="scene")
    material = module.color.Color(*(part / 255 for part in colour), 1.0)
    for shape, height in zip(shown.geometry, shown["height_m"], strict=True):
        for part in shapely.get_parts(shape):
            ring = shapely.get_coordinates(part.exterior)[:-1].round(7).ravel().tolist()
            widget.entities.add(
                module.Polygon(hierarchy=ring, height=0.0, extrudedHeight=float(height), material=material)
            )
    return widget


def write_cesium_scene(widget: cesiumpy.CesiumWidget, path: Path, *, server: str | None = None) -> Path:
    """Write a widget's entities as a page that asks nobody but this platform.

    Parameters
    ----------
    widget
        What cesiumpy made: its entities, data sources, camera and own scripts are kept.
    path
        File to write.
    server
        Address of a running `cim serve`, as http://127.0.0.1:8000, from which the page is then opened too: a browser
        loads no modules from elsewhere. None: CesiumJS is copied into a folder beside the page, once.
    """
    cesium = f"{server.rstrip('/')}/static/cesium" if server is not None else f"./{COPIED}"
    if server is None and not (path.parent / COPIED / "index.js").exists():
        shutil.copytree(_own_cesium(), path.parent / COPIED, dirs_exist_ok=True)
    # The first line makes the widget, with imagery that wants a key. A name may hold what would end the script.
    lines = [line.replace("</", "<\\/") for line in widget.script[1:] if line]
    path.write_text(_PAGE.format(cesium=cesium, script="\n".join(lines)), encoding="utf-8")
    return path


def _cesiumpy() -> Any:
    """Return cesiumpy; a service that it could ask for addresses, and we never do, warns that it wants a key."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import cesiumpy  # an optional extra
    except ImportError as error:
        raise MissingExtra("notebook", "a scene in 3D through cesiumpy") from error
    return cesiumpy


def _own_cesium() -> Path:
    """Return the folder of the CesiumJS that the web front serves, wherever it is installed."""
    spec = importlib.util.find_spec("cim.web")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra("notebook", "a scene without a server")
    return Path(next(iter(spec.submodule_search_locations))) / "viewer" / "vendor" / "cesium"
