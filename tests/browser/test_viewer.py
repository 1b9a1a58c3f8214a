"""The viewer in a real browser on the real server: what a person sees, clicks and types."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import shapely


def a_building(viewer: Any) -> dict[str, Any]:
    """Return the tallest building that is drawn whole, not in parts: its id, a place on its roof, the API's answer."""
    page = viewer.ask("/api/layers/buildings-footprints/features?limit=300")
    for each in sorted(page["features"], key=lambda each: -(each["properties"]["height_m"] or 0)):
        feature = viewer.ask(f"/api/features/{each['id']}")
        low, high = feature["height_range_m"]
        if feature["lods"] and high - low > 0.9 * each["properties"]["height_m"]:
            inside = shapely.geometry.shape(each["geometry"]).representative_point()
            return {"id": each["id"], "place": (inside.x, inside.y, high), "api": feature}
    raise AssertionError("no building stands whole")


def water_colour(viewer: Any) -> tuple[int, int, int]:
    """Return the colour of the water network's pipes."""
    layers = [layer for group in viewer.ask("/api/layers")["groups"] for layer in group["layers"]]
    red, green, blue = bytes.fromhex(
        next(each for each in layers if each["name"] == "pipes-water")["style"]["color"][1:]
    )
    return red, green, blue


def a_water_pipe(viewer: Any) -> dict[str, Any]:
    """Return the longest of some water pipes, with a place on its axis."""
    page = viewer.ask("/api/layers/pipe-segments/features?limit=1000")
    water = [each for each in page["features"] if each["properties"]["network"] == "water"]
    longest = max(water, key=lambda each: shapely.geometry.shape(each["geometry"]).length)
    feature = viewer.ask(f"/api/features/{longest['properties']['feature_id']}")
    middle = shapely.geometry.shape(longest["geometry"]).interpolate(0.5, normalized=True)
    height = sum(feature["height_range_m"]) / 2
    return {"id": feature["feature_id"], "place": (middle.x, middle.y, height), "api": feature}


def test_shows_the_city_and_says_that_it_is_synthetic(viewer):
    city = viewer.ask("/api/city")
    assert viewer.page.inner_text("h1") == city["name_en"]
    assert city["synthetic"] is True
    assert viewer.page.inner_text("#synthetic") == "Synthetic data"
    layers = [layer for group in viewer.ask("/api/layers")["groups"] for layer in group["layers"]]
    # Indicators have a panel of their own.
    tree = [layer for layer in layers if not layer["name"].startswith("examination-")]
    assert viewer.page.locator(".layer").count() == len(tree) < len(layers)
    groups = viewer.page.locator(".group .fold").all_inner_texts()
    assert "Spatio-temporal base" in groups
    names = {layer["name"] for layer in layers}
    assert {"terrain", "buildings", "roads"} <= names
    assert viewer.page.evaluate("() => cim.layers.tilesets.get('buildings').tilesLoaded")
    assert viewer.page.evaluate("() => cim.viewer.terrainProvider.constructor.name !== 'EllipsoidTerrainProvider'")
    viewer.screenshot("main-en")


def test_terrain_lies_under_the_buildings(viewer):
    building = a_building(viewer)
    viewer.fly_to_feature(building["id"])
    longitude, latitude, top = building["place"]
    ground = viewer.ground_height(longitude, latitude)
    low = building["api"]["height_range_m"][0]
    assert low - 8 < ground < top


def test_click_on_a_building_reads_its_attributes(viewer):
    building = a_building(viewer)
    viewer.fly_to_feature(building["id"])
    assert viewer.page.locator("#attributes").count() == 0
    viewer.page.mouse.click(*viewer.window_of(*building["place"]))
    viewer.page.wait_for_selector("#attributes table")
    assert viewer.attribute("Feature id") == str(building["id"])
    height = next(each for each in building["api"]["attributes"] if each["name"] == "height_m")
    assert float(viewer.attribute(height["title_en"]).removesuffix(" m")) == pytest.approx(height["value"], abs=0.01)
    assert viewer.attribute("Source") == building["api"]["source"]["name"]
    viewer.settle()
    assert viewer.pixels((255, 176, 0), 40) > 200, "the picked building is not painted"
    panel, (x, y) = viewer.page.locator("#attributes").bounding_box(), viewer.window_of(*building["place"])
    hidden = panel["x"] <= x <= panel["x"] + panel["width"] and panel["y"] <= y <= panel["y"] + panel["height"]
    assert not hidden, f"the panel lies over the picked building: {panel}, {x}, {y}"
    viewer.screenshot("building-picked")


def test_click_on_the_ground_away_from_anything_closes_the_panel(viewer):
    building = a_building(viewer)
    viewer.page.fill("#search", str(building["id"]))
    viewer.page.press("#search", "Enter")
    viewer.page.wait_for_selector("#attributes table")
    viewer.show_only("terrain")
    viewer.settle()
    viewer.page.mouse.click(500, 480)
    viewer.page.wait_for_selector("#attributes", state="detached")


def test_underground_mode_shows_pipes_and_a_click_reads_one(viewer):
    pipe = a_water_pipe(viewer)
    viewer.show_only("terrain", "buildings", "pipes-water", "pipes-sewage", "pipes-gas")
    viewer.fly_to_feature(pipe["id"])
    water = water_colour(viewer)
    before = viewer.pixels(water, 90)
    viewer.page.click("#tool-underground")
    viewer.page.wait_for_selector("#underground")
    viewer.settle()
    after = viewer.pixels(water, 90)
    assert after > before + 100, f"pixels of the network's colour: {before} before, {after} in underground mode"
    viewer.screenshot("underground")
    viewer.page.mouse.click(*viewer.window_of(*pipe["place"]))
    viewer.page.wait_for_selector("#attributes table")
    assert viewer.page.evaluate("() => cim.state.selection.layer") == "pipes-water"
    assert viewer.attribute("Feature id") == str(pipe["id"])
    diameter = next(each for each in pipe["api"]["attributes"] if each["name"] == "diameter_mm")
    assert viewer.attribute(diameter["title_en"]).endswith("mm")
    viewer.screenshot("pipe-picked")
    # The pipe under the pointer is the one that bursts.
    viewer.page.click("#burst")
    viewer.page.wait_for_selector("#burst-answer table")
    told = viewer.ask(f"/api/network/isolation?segment={pipe['id']}")
    assert viewer.page.evaluate("() => cim.state.selection.burst.answer") == told
    closing = viewer.page.locator('.valves[data-role="close"] .valve').all_inner_texts()
    assert closing == [each["number"] or each["key"] for each in told["valves"] if each["role"] == "close"]
    sums = [int(each.replace(",", "")) for each in viewer.page.locator("#burst-sum b").all_inner_texts()]
    parts = told["isolated"], told["beyond"]
    buildings = {each["building_id"] for each in told["services"]} - {None}
    counted = [sum(part[name] for part in parts) for name in ("customers", "residents", "critical_facilities")]
    assert sums == [*counted[:2], len(buildings), counted[2]]
    card = viewer.page.locator("#attributes").bounding_box()
    line = viewer.page.locator("#burst-sum").bounding_box()
    assert line["y"] + line["height"] <= card["y"] + card["height"], "who is without lies below the fold"


def test_a_burst_lights_what_is_without_and_a_stuck_valve_is_asked_anew(viewer):
    (run,) = viewer.ask("/api/analyses/network.criticality?subject=water&limit=1")["findings"]
    viewer.show_only("terrain", "buildings", "pipes-water")
    viewer.fly_to_feature(run["segment_id"])
    viewer.page.fill("#search", str(run["segment_id"]))
    viewer.page.press("#search", "Enter")
    viewer.page.click("#burst")
    viewer.page.wait_for_selector("#burst-answer table")
    told = viewer.ask(f"/api/network/isolation?segment={run['segment_id']}")
    closing = viewer.page.locator('.valves[data-role="close"] .valve').all_inner_texts()
    assert closing == [each["number"] or each["key"] for each in told["valves"] if each["role"] == "close"]
    assert str(told["isolated"]["customers"]) in viewer.page.inner_text("#burst-answer").replace(",", "")
    with viewer.page.expect_download() as coming:
        viewer.page.locator(".reports a").first.click()
    assert Path(coming.value.path()).read_bytes().startswith(b"%PDF")
    lit = viewer.page.evaluate("() => cim.state.selection.burst.answer.isolated.segments")
    painted = viewer.page.evaluate("() => [...cim.layers.tilesets.get('pipes-water').style.color.features]")
    assert set(lit) <= set(painted)
    viewer.settle()
    viewer.screenshot("burst")
    # By keyboard, and never `check`, which looks again: the answer moves the valve to another list at once.
    viewer.page.locator('.valves[data-role="close"] input').first.press("Space")
    viewer.page.wait_for_selector('.valves[data-role="not_usable"] li')
    stuck = viewer.page.locator('.valves[data-role="not_usable"] .valve').all_inner_texts()
    assert stuck == closing[:1]
    assert viewer.page.locator(".valves input:checked").count() == 1, "a neighbour took the mark"
    viewer.page.wait_for_function("() => document.activeElement.matches('.valves[data-role=not_usable] input')")
    assert viewer.page.evaluate("() => cim.state.selection.burst.answer.isolated.segments.length") > len(lit)


PAINTED = "name => [...cim.layers.tilesets.get(name).style.color.features]"


def test_a_trace_lights_what_lies_above_then_what_lies_below(viewer):
    run, *_, higher = viewer.ask("/api/analyses/network.criticality?subject=sewage&limit=30")["findings"]
    viewer.show_only("terrain", "buildings", "pipes-sewage")
    viewer.fly_to_feature(run["segment_id"])
    choose(viewer, run["segment_id"])
    above = trace(viewer, run["segment_id"], "upstream")
    assert len(above["segments"]) > 10
    viewer.settle()
    assert viewer.pixels((255, 176, 0), 40) > 200, "what lies above is not lit"
    viewer.screenshot("trace")
    # Another feature begins anew, and another question takes the place of the first.
    choose(viewer, higher["segment_id"])
    assert viewer.page.locator("#trace table").count() == 0
    above, below = (trace(viewer, higher["segment_id"], kind) for kind in ("upstream", "downstream"))
    assert len(below["segments"]) > 2
    assert set(above["segments"]) & set(below["segments"]) <= {higher["segment_id"]}
    assert viewer.page.get_attribute('#trace button[data-kind="upstream"]', "aria-pressed") == "false"
    chips = viewer.page.locator("#trace .chip").all_inner_texts()
    assert chips
    assert [place["key"] for place in below["places"]] == [chip.split(" · ")[0] for chip in chips]


def choose(viewer, segment: int) -> None:
    """Search a pipe by its number."""
    viewer.page.fill("#search", str(segment))
    viewer.page.press("#search", "Enter")
    viewer.page.wait_for_function("id => cim.state.selection?.feature?.feature_id === id", arg=segment)


def trace(viewer, segment: int, kind: str) -> dict[str, Any]:
    """Ask a trace from the chosen sewer, see that the map paints just what the server says, and return that."""
    viewer.page.click(f'#trace button[data-kind="{kind}"]')
    viewer.page.wait_for_function("kind => cim.state.selection.trace?.answer?.kind === kind", arg=kind)
    told = viewer.ask(f"/api/network/trace?kind={kind}&start={segment}")
    assert f"{len(told['segments']):,}" in viewer.page.inner_text("#trace table")
    painted = viewer.page.evaluate("() => [...cim.layers.tilesets.get('pipes-sewage').style.color.features]")
    assert {segment, *told["segments"], *told["nodes"]} == set(painted)
    return told


def test_ground_slider_makes_the_ground_clearer(viewer):
    pipe = a_water_pipe(viewer)
    viewer.show_only("terrain", "pipes-water")
    viewer.fly_to_feature(pipe["id"])
    water = water_colour(viewer)
    viewer.page.click("#tool-underground")
    viewer.page.fill("#underground-ground", "100")
    viewer.settle()
    closed = viewer.pixels(water, 90)
    viewer.page.fill("#underground-ground", "0")
    viewer.settle()
    assert viewer.pixels(water, 90) > closed + 100


def test_nothing_is_drawn_while_nothing_changes(viewer):
    def frames_while_the_pointer_moves():
        viewer.page.wait_for_function("() => performance.now() - cim.drawn > 2000")
        viewer.page.evaluate("() => { cim.frames = 0; }")
        for step in range(6):
            viewer.page.mouse.move(500 + 5 * step, 300)
            viewer.page.wait_for_timeout(200)
        return viewer.page.evaluate("() => cim.frames")

    count = "() => { cim.frames++; cim.drawn = performance.now(); }"
    viewer.page.evaluate(f"() => {{ cim.drawn = 0; cim.viewer.scene.postRender.addEventListener({count}); }}")
    # Asked for the ground's height, CesiumJS sorts the triangles there, a step a question, and draws after each step:
    # once over the same ground often enough, and it has sorted them all.
    assert any(frames_while_the_pointer_moves() == 0 for _ in range(12))
    assert viewer.page.locator(".pointer").count() == 1
    viewer.page.evaluate("() => { cim.frames = 0; cim.viewer.scene.requestRender(); }")
    viewer.page.wait_for_function("() => cim.frames === 1")


def test_layer_switch_and_opacity(viewer):
    switch = viewer.page.locator('.layer[data-layer="buildings"] .switch')
    assert switch.is_checked()
    switch.click()
    assert viewer.page.evaluate("() => cim.layers.tilesets.get('buildings').show") is False
    switch.click()
    assert viewer.page.evaluate("() => cim.layers.tilesets.get('buildings').show") is True
    viewer.page.hover('.layer[data-layer="roads"] .layer-head')
    viewer.page.click('.layer[data-layer="roads"] button[aria-expanded]')
    viewer.page.fill('.layer[data-layer="roads"] input[type=range]', "40")
    alpha = viewer.page.evaluate("() => cim.layers.draped.find(each => each.layer.name === 'roads').imagery.alpha")
    assert alpha == pytest.approx(0.4)


def test_click_on_a_draped_layer_reads_the_feature(viewer):
    viewer.show_only("terrain", "admin-compound")
    page = viewer.ask("/api/layers/admin-compound/features?limit=50")
    unit = max(page["features"], key=lambda each: shapely.geometry.shape(each["geometry"]).area)
    feature_id = unit["properties"]["feature_id"]
    viewer.fly_to_feature(feature_id)
    inside = shapely.geometry.shape(unit["geometry"]).representative_point()
    height = viewer.ground_height(inside.x, inside.y)
    viewer.page.mouse.click(*viewer.window_of(inside.x, inside.y, height))
    viewer.page.wait_for_selector("#attributes table")
    assert viewer.attribute("Feature id") == str(feature_id)
    viewer.settle()
    assert viewer.page.evaluate("() => cim.layers.mark !== null"), "the picked area is not marked"


def test_a_control_line_wears_its_colour_and_is_picked_where_it_runs(viewer):
    """The purple line goes round a block: its edge is picked before the compound inside, and inside it the compound."""
    first = viewer.ask("/api/layers/control-lines/features?limit=1000")["features"]
    (purple,) = (each for each in first if each["properties"]["kind"] == "purple")
    viewer.show_only("terrain", "control-lines", "admin-compound")
    viewer.fly_to_feature(purple["id"])
    viewer.settle()
    assert viewer.pixels((0x8A, 0x3A, 0xB9), 45) > 100, "no purple line is drawn"
    block = shapely.geometry.shape(purple["geometry"])
    edge = block.exterior.interpolate(0.1, normalized=True)
    viewer.page.mouse.click(*viewer.window_of(edge.x, edge.y, viewer.ground_height(edge.x, edge.y)))
    viewer.page.wait_for_selector("#attributes table")
    assert viewer.attribute("Feature id") == str(purple["id"])
    assert viewer.attribute("Kind of control line") == "Purple line (heritage)"
    viewer.page.evaluate("() => cim.actions.useLang('zh-CN')")
    assert viewer.attribute("控制线类型") == "城市紫线"
    viewer.page.click("#attributes-close")
    inside = block.representative_point()
    at = viewer.window_of(inside.x, inside.y, viewer.ground_height(inside.x, inside.y))
    viewer.page.mouse.click(*at)
    viewer.page.wait_for_selector("#attributes table")
    assert viewer.page.evaluate("() => cim.state.selection.layer") == "admin-compound"
    viewer.page.click("#attributes-close")
    viewer.show_only("terrain", "control-lines")
    viewer.settle()
    viewer.page.mouse.click(*at)
    viewer.page.wait_for_selector("#attributes table")
    assert viewer.page.evaluate("() => cim.state.selection.featureId") == purple["id"], "inside of it nothing else is"
    viewer.page.click("#tab-legend")
    shown = viewer.page.inner_text(".legend")
    assert all(kind in shown for kind in ("道路红线", "城市绿线", "城市蓝线", "城市紫线", "城市黄线"))
    assert "城市黑线" not in shown, "the city has none"
    viewer.screenshot("control-lines")


def test_what_analyses_found_is_drawn_and_a_click_tells_it(viewer):
    works = viewer.ask("/api/layers/renewal-works/features?limit=200")["features"]
    pipe = max(works, key=lambda each: shapely.geometry.shape(each["geometry"]).length)
    feature_id = pipe["properties"]["feature_id"]
    viewer.show_only("terrain", "renewal-works", "clearance-findings")
    viewer.fly_to_feature(feature_id)
    viewer.settle()
    assert viewer.pixels((122, 63, 176), 50) > 100, "no work of the plan is drawn"
    assert viewer.pixels((179, 32, 42), 40) > 20, "no finding of clearance is drawn beside it"
    middle = shapely.geometry.shape(pipe["geometry"]).interpolate(0.5, normalized=True)
    height = viewer.ground_height(middle.x, middle.y)
    viewer.screenshot("results")
    viewer.page.mouse.click(*viewer.window_of(middle.x, middle.y, height))
    viewer.page.wait_for_selector("#attributes table")
    assert viewer.attribute("Feature id") == str(feature_id)
    assert viewer.attribute("Work of the renewal plan") == str(pipe["properties"]["renewal_work"])
    viewer.page.click("#tab-legend")
    shown = viewer.page.inner_text(".legend")
    assert "By the risk removed" in shown
    assert "Suspected" in shown
    notes = viewer.page.locator(".legend .note").all_inner_texts()
    assert any("Likelihoods and prices are assumptions" in note for note in notes)


def test_legend_tells_the_classes_of_what_is_on(viewer):
    viewer.page.click("#tab-legend")
    shown = viewer.page.inner_text(".legend")
    layers = [layer for group in viewer.ask("/api/layers")["groups"] for layer in group["layers"]]
    told = [entry["label_en"] for layer in layers if layer["visible"] for entry in layer["legend"]]
    silent = [entry["label_en"] for layer in layers if layer["name"] == "land-use" for entry in layer["legend"]]
    assert all(label in shown for label in told)
    assert any(label not in shown for label in silent)


def test_language_switch_keeps_the_view(viewer):
    before = viewer.page.evaluate("() => cim.viewer.camera.position.toString()")
    viewer.page.click("#tool-lang")
    city = viewer.ask("/api/city")
    assert viewer.page.inner_text("h1") == city["name_zh"]
    assert viewer.page.inner_text("#tab-layers") == "图层"
    assert viewer.page.inner_text("#synthetic") == "合成数据"
    assert viewer.page.get_attribute("html", "lang") == "zh-CN"
    assert viewer.page.evaluate("() => cim.viewer.camera.position.toString()") == before
    viewer.screenshot("main-zh")
    viewer.page.click("#tool-lang")
    assert viewer.page.inner_text("#tab-layers") == "Layers"


REMEMBERED = """() => {
    const { longitude, latitude, height } = cim.viewer.camera.positionCartographic;
    const [x, y, h] = (/c=([^&]*)/.exec(decodeURIComponent(location.hash))?.[1] ?? "").split(",").map(Number);
    const degrees = 180 / Math.PI;
    const away = [longitude * degrees - x, latitude * degrees - y, (height - h) / 1e5].map(Math.abs);
    return Math.max(...away) < 1e-5 && ["u=0.35", "lang=zh-CN"].every(part => location.hash.includes(part));
}"""


def test_address_brings_the_view_back(viewer, new_viewer, site):
    pipe = a_water_pipe(viewer)
    viewer.show_only("terrain", "buildings", "roads", "pipes-water")
    viewer.page.fill("#search", str(pipe["id"]))
    viewer.page.press("#search", "Enter")
    viewer.page.wait_for_selector("#attributes table")
    viewer.page.click("#tool-underground")
    viewer.page.fill("#underground-ground", "35")
    viewer.page.evaluate("() => cim.actions.store.setLayer('roads', { visible: false })")
    viewer.page.evaluate("() => cim.actions.store.setLayer('buildings', { opacity: 0.5 })")
    viewer.page.click("#tool-lang")
    viewer.settle()
    viewer.page.wait_for_function(REMEMBERED)
    again = new_viewer(site).open("/" + viewer.page.evaluate("() => location.hash"))
    again.page.wait_for_selector("#attributes table")

    def told(page: Any) -> Any:
        return page.evaluate("""() => [cim.state.lang, cim.state.underground, cim.state.layers,
            cim.state.selection.featureId, cim.state.selection.layer]""")

    assert told(again.page) == told(viewer.page)
    where = "() => { const p = cim.viewer.camera.position; return [p.x, p.y, p.z, cim.viewer.camera.pitch * 1000]; }"
    assert again.page.evaluate(where) == pytest.approx(viewer.page.evaluate(where), abs=1.0)


def test_a_link_pasted_into_the_open_page_is_followed(viewer):
    building = a_building(viewer)
    viewer.page.wait_for_function("() => location.hash.includes('l=') && !location.hash.includes('f=')")
    before = viewer.page.evaluate("() => location.hash")
    longitude, latitude, top = building["place"]
    link = f"#c={longitude},{latitude},{top + 500},90,-80,0&l=buildings:0.5,terrain:1&u=0.4,0.6&lang=zh-CN"
    viewer.page.evaluate("link => { location.hash = link; }", f"{link}&f={building['id']}@buildings")
    viewer.page.wait_for_selector("#attributes table")
    viewer.settle()
    camera, layers, underground, lang = viewer.page.evaluate("""() => {
        const { positionCartographic: place, heading } = cim.viewer.camera;
        const on = Object.entries(cim.state.layers).filter(([, layer]) => layer.visible);
        const degrees = value => value * 180 / Math.PI;
        return [[degrees(place.longitude), degrees(place.latitude), place.height, degrees(heading)], on,
            cim.state.underground, cim.state.lang];
    }""")
    assert camera == pytest.approx([longitude, latitude, top + 500, 90], abs=0.01)
    assert sorted(name for name, _ in layers) == ["buildings", "terrain"]
    assert underground == {"on": True, "ground": 0.4, "above": 0.6}
    assert lang == "zh-CN"
    assert viewer.page.evaluate("() => cim.state.selection.featureId") == building["id"]
    viewer.page.evaluate("before => { location.hash = before; }", before)
    viewer.page.wait_for_selector("#attributes", state="detached")
    assert viewer.page.evaluate("() => cim.state.underground.on") is False


def test_a_spoilt_address_is_left_aside(new_viewer, site):
    viewer = new_viewer(site).open("/?lang=en#c=1,2,x&l=nothing:7,buildings:zz&u=9&lang=tlh&f=abc")
    assert viewer.page.inner_text("#tab-layers") == "Layers"
    assert viewer.page.evaluate("() => cim.state.selection") is None
    assert viewer.page.evaluate("() => cim.state.underground.on") is False
    assert viewer.page.evaluate("() => cim.state.layers.buildings") == {"visible": True, "opacity": 1}


def test_everything_by_keyboard(viewer):
    page = viewer.page
    page.focus("#map")
    before = page.evaluate("() => cim.viewer.camera.positionCartographic.height")
    page.keyboard.press("+")
    viewer.settle()
    assert page.evaluate("() => cim.viewer.camera.positionCartographic.height") < before
    heading = page.evaluate("() => cim.viewer.camera.heading")
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate("() => cim.viewer.camera.heading") != pytest.approx(heading, abs=0.05)
    page.keyboard.press("u")
    assert page.locator("#underground").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#underground").count() == 0
    page.keyboard.press("/")
    page.keyboard.type(str(a_building(viewer)["id"]))
    page.keyboard.press("Enter")
    page.wait_for_selector("#attributes table")
    page.keyboard.press("Escape")
    assert page.locator("#attributes").count() == 0
    page.focus("#map")
    viewer.settle()
    page.keyboard.press("Enter")
    page.wait_for_selector("#attributes table")
    page.keyboard.press("?")
    assert page.locator("#help").count() == 1


def test_tab_reaches_every_tool_and_shows_where_it_is(viewer):
    page = viewer.page
    page.focus("#search")
    reached = set()
    for _ in range(300):
        page.keyboard.press("Tab")
        name, ring = page.evaluate("""() => [document.activeElement.id,
            getComputedStyle(document.activeElement).outlineStyle]""")
        if name.startswith("tool-"):
            reached.add(name)
            assert ring != "none", f"{name} has the focus and does not show it"
        if len(reached) == 11:
            break
    assert len(reached) == 11, f"Tab reached only {sorted(reached)}"
    nameless = page.evaluate("""() => [...document.querySelectorAll("button, input")].filter(each =>
        !each.ariaLabel && !each.textContent.trim() && !each.labels?.[0]?.textContent.trim()).length""")
    assert nameless == 0


def test_unknown_feature_says_so(viewer):
    viewer.page.fill("#search", "999999999")
    viewer.page.press("#search", "Enter")
    viewer.page.wait_for_selector("#attributes [role=alert]")
    assert "no feature 999999999" in viewer.page.inner_text("#attributes [role=alert]")
    assert [each for each in viewer.complaints if "404" not in each] == []
    viewer.complaints.clear()


def test_search_finds_layers_and_places(viewer):
    page = viewer.page
    page.fill("#search", "terr")
    assert page.locator("#search-results button").first.inner_text().startswith("Terrain")
    west, south, east, north = viewer.ask("/api/city")["bounds"]
    longitude, latitude = (west + east) / 2, (south + north) / 2
    page.fill("#search", f"{longitude}, {latitude}")
    page.press("#search", "Enter")
    viewer.settle()
    camera = page.evaluate("() => [cim.viewer.camera.positionCartographic.longitude * 180 / Math.PI]")
    assert camera[0] == pytest.approx(longitude, abs=0.01)
    page.fill("#search", "qqqq")
    assert page.inner_text("#search-results") == "Nothing found"


def test_narrow_window_uses_sheets(new_viewer, site):
    viewer = new_viewer(site, width=390, height=760, has_touch=True).open("/?lang=en#l=terrain:1,buildings:1,roads:1")
    page = viewer.page
    assert page.locator(".side").count() == 0
    page.click("#tool-layers")
    sheet = page.locator(".side").bounding_box()
    assert sheet is not None
    assert sheet["width"] == 390
    assert sheet["y"] + sheet["height"] == pytest.approx(760, abs=1)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    page.wait_for_timeout(300)
    viewer.screenshot("phone-layers")
    page.fill("#search", str(a_building(viewer)["id"]))
    page.press("#search", "Enter")
    page.wait_for_selector("#attributes table")
    assert page.locator(".side").is_hidden()
    viewer.settle()
    viewer.screenshot("phone-attributes")


def test_server_that_does_not_answer_is_said_and_can_be_tried_again(new_viewer, site):
    viewer = new_viewer(site)
    viewer.page.route(re.compile("/api/layers$"), lambda route: route.abort())
    viewer.open()
    assert viewer.page.locator(".middle h2").inner_text() == "The city cannot be shown"
    assert "does not answer" in viewer.page.inner_text(".middle")
    viewer.screenshot("error")
    viewer.page.unroute(re.compile("/api/layers$"))
    with viewer.page.expect_navigation():
        viewer.page.click(".middle .primary")
    viewer.page.wait_for_function("() => window.cim && cim.state.groups.length > 0")
    assert viewer.page.locator(".middle").count() == 0
    viewer.complaints.clear()


def test_one_layer_that_fails_is_named_and_the_rest_is_shown(new_viewer, site):
    viewer = new_viewer(site)
    viewer.page.route(re.compile("/tiles/3d/buildings/tileset.json"), lambda route: route.fulfill(status=500))
    viewer.open("/?lang=en#l=terrain:1,buildings:1,roads:1")
    assert "3D buildings" in viewer.page.inner_text(".toast.error")
    assert viewer.page.locator('.layer[data-layer="roads"]').count() == 1
    viewer.page.click(".toast button")
    assert viewer.page.locator(".toast").count() == 0
    viewer.complaints.clear()


def test_an_empty_city_says_how_to_load_one(new_viewer, empty_site):
    viewer = new_viewer(empty_site).open()
    assert viewer.page.inner_text("#empty-city pre") == "cim load city.toml"
    assert viewer.page.inner_text("h1") == "Test city (synthetic)"
    viewer.screenshot("empty")
