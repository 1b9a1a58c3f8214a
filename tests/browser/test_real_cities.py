"""Real cities in the browser: Delft, 3DBAG and Kentucky's ky4 stand where they should, and a click reads them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import shapely

DEGREE_M = np.array([68_500.0, 111_000.0])
"""Metres in a degree of longitude and of latitude at Delft."""

_spec = importlib.util.spec_from_file_location("real_cities", Path(__file__).parents[1] / "real_cities.py")
real_cities = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real_cities)


def compact(viewer, layer: str) -> dict:
    """Return the most compact feature of 100 to 400 m2 of a layer's first page, as the API tells it.

    Its middle lies inside it and, seen from above, in the uncovered middle of the window.
    """
    shapes = {}
    for feature in viewer.ask(f"/api/layers/{layer}/features?limit=500")["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        metres = shapely.transform(shape, lambda degrees: degrees * DEGREE_M)
        if 100 < metres.area < 400 and feature["properties"].get("height_m"):
            shapes[feature["properties"]["feature_id"]] = (metres.area / metres.length**2, shape, feature)
    key, (_, shape, feature) = max(shapes.items(), key=lambda item: item[1][0])
    return viewer.ask(f"/api/features/{key}") | {"shape": shape, "height_m": feature["properties"]["height_m"]}


@pytest.mark.parametrize("name", ["delft", "bag"])
def test_dutch_buildings_stand_on_the_ellipsoid_and_are_read_by_a_click(
    name: str, city_site, new_viewer, real_data, tmp_path
) -> None:
    viewer = new_viewer(city_site(getattr(real_cities, name)(tmp_path, real_data))).open("/?lang=en#l=buildings:1")
    assert viewer.page.inner_text("h1") == viewer.ask("/api/city")["name_en"]
    assert viewer.page.locator("#synthetic").count() == 0
    building = compact(viewer, "buildings-footprints")
    low = building["height_range_m"][0]
    assert 35 < low < 60, "NAP zero lies some 43 m above the ellipsoid here"
    viewer.fly_to_feature(building["feature_id"])
    inside = building["shape"].representative_point()
    viewer.page.mouse.click(*viewer.window_of(inside.x, inside.y, low + building["height_m"]))
    viewer.page.wait_for_selector("#attributes table")
    assert viewer.page.evaluate("() => cim.state.selection.layer") == "buildings"
    viewer.settle()
    viewer.screenshot(f"real-{name}")


def test_kentucky_network_lies_in_kentucky_and_a_pipe_is_read(city_site, new_viewer, tmp_path) -> None:
    viewer = new_viewer(city_site(real_cities.ky4(tmp_path))).open("/?lang=en#l=pipes-water:1")
    west, south, east, north = viewer.ask("/api/city")["bounds"]
    assert -90 < west < east < -81.9, "Kentucky's longitudes"
    assert 36.4 < south < north < 39.2, "Kentucky's latitudes"
    assert (north - south) * 111 < 40, "feet were taken for metres"
    pipes = viewer.ask("/api/layers/pipe-segments/features?limit=1000")["features"]
    short = min(pipes, key=lambda each: abs(shapely.geometry.shape(each["geometry"]).length * 100_000 - 60))
    viewer.fly_to_feature(short["properties"]["feature_id"])
    viewer.page.click("#tool-underground")
    viewer.page.wait_for_selector("#underground")
    viewer.settle()
    assert viewer.pixels((0, 255, 255), 110) > 50, "no pipe is drawn"
    middle = shapely.geometry.shape(short["geometry"]).interpolate(0.5, normalized=True)
    told = viewer.ask(f"/api/features/{short['properties']['feature_id']}")
    viewer.page.mouse.click(*viewer.window_of(middle.x, middle.y, sum(told["height_range_m"]) / 2))
    viewer.page.wait_for_selector("#attributes table")
    assert viewer.attribute("Feature id") == str(told["feature_id"])
    viewer.screenshot("real-ky4")
