"""A page written through cesiumpy: it asks only our own server for CesiumJS, and a building stands in it."""

from __future__ import annotations

import re

import pytest

from cim.analytics.cesium_scene import COPIED, buildings_widget, write_cesium_scene
from cim.analytics.scenes import NothingToShow
from cim.viewer import LOCAL

TALLEST = "SELECT height_m, geom FROM city.building_current ORDER BY height_m DESC NULLS LAST LIMIT 40"


@pytest.fixture(scope="module")
def widget(sample_store):
    return buildings_widget(sample_store.geoframe(LOCAL, TALLEST))


def test_the_page_asks_only_our_server_and_shows_a_building(sample_store, new_viewer, site, tmp_path):
    tallest = sample_store.rows(LOCAL, TALLEST)[0]
    alone = buildings_widget(sample_store.geoframe(LOCAL, TALLEST), most=1)
    page_file = write_cesium_scene(alone, tmp_path / "scene.html", server=site)
    text = page_file.read_text(encoding="utf-8")
    addresses = re.findall(r"https?://[^\"'\s)]+", text)
    assert addresses
    assert all(address.startswith(f"{site}/static/cesium/") for address in addresses)
    viewer = new_viewer(site, width=480, height=320)
    viewer.page.route("**/scene.html", lambda route: route.fulfill(body=text, content_type="text/html"))
    viewer.page.goto(f"{site}/scene.html")
    viewer.page.wait_for_function("() => window.widget?.dataSourceDisplay?.ready && widget.entities.values.length > 0")
    # The camera looks at its middle.
    hit = """() => { widget.scene.render();
        const { clientWidth: width, clientHeight: height } = widget.canvas;
        return widget.scene.pick({ x: width / 2, y: height / 2 })?.id?.polygon?.extrudedHeight.getValue(); }"""
    viewer.page.wait_for_function(hit, polling=300)
    assert viewer.page.evaluate(hit) == pytest.approx(tallest["height_m"])
    viewer.screenshot("cesium-scene")
    # `new_viewer` finds a request to any other host, and every complaint of the console.


def test_without_a_server_cesiumjs_lies_beside_the_page(widget, tmp_path):
    text = write_cesium_scene(widget, tmp_path / "scene.html").read_text(encoding="utf-8")
    assert not re.findall(r"https?://", text)
    assert (tmp_path / COPIED / "index.js").is_file()


def test_a_name_cannot_end_the_script(sample_store, tmp_path):
    made = buildings_widget(sample_store.geoframe(LOCAL, TALLEST), most=1)
    made.entities[0].name = "</script><script>alert(1)</script>"
    text = write_cesium_scene(made, tmp_path / "scene.html").read_text(encoding="utf-8")
    assert "alert(1)" in text
    assert text.count("</script>") == 1, "the name ends the page's script"


def test_a_scene_of_nothing_is_refused(sample_store):
    with pytest.raises(NothingToShow):
        buildings_widget(sample_store.geoframe(LOCAL, TALLEST).iloc[:0])
