"""The network's tools in a real browser: dig, clearance, section, risk and burst, asked and answered end to end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from cim.store import Store
from cim.viewer import OPERATOR

HALF_SIDE = 0.00006
"""Of an outline, degrees: about six metres."""
LIT = """name => {
    const { color } = cim.layers.tilesets.get(name).style;
    const of = color.others?.spot ?? color.spot ?? [];
    return { lit: [...(color.features ?? [])], grave: [...(color.grave ?? [])], of: [...of] };
}"""
RAW_KEY = re.compile(r"\b(?:dig|draw|clearance|section|risk|network|survey)\.[a-zA-Z_.]+")
CELLS = """buttons => buttons.filter(button => !button.disabled).map(({ dataset, textContent }) =>
    [dataset.likelihood, dataset.consequence, textContent].map(Number))"""
HOW_FAR = """([longitude, latitude]) => {
    const { longitude: x, latitude: y } = cim.viewer.camera.positionCartographic;
    const radians = Math.PI / 180;
    return Math.hypot((x - longitude * radians) * Math.cos(y), y - latitude * radians) * 6371000;
}"""
DRAWN = """() => {
    const view = document.querySelector('#section-drawing .scroll');
    return [view.clientWidth, view.scrollWidth, view.querySelector('img').offsetWidth];
}"""
LEAVE_OUT = """() => {
    const { selection } = cim.state;
    const left_out = { valve_on_fork: { count: 3, en: 'valve on a fork', zh: '分叉处的阀门' } };
    const burst = { ...selection.burst, answer: { ...selection.burst.answer, left_out } };
    cim.actions.store.set({ selection: { ...selection, burst } });
}"""


RESET = """place => {
    const { groups, layers, underground, network, lang } = structuredClone(cim.first);
    cim.actions.deselect();
    cim.actions.useLang(lang);
    cim.actions.store.set({ groups, layers, underground, network, panel: 'network', toasts: [] });
    return cim.actions.network.lookAtPlace(place);
}"""


@pytest.fixture(scope="module")
def opened(make_viewer, site) -> Any:
    """Return a viewer with little to draw, opened once for this module, and a place where two pipes cross too near."""
    viewer = make_viewer(site)
    (found,) = viewer.page.request.get(f"{site}/api/network/clearance?rules=vertical&limit=1").json()["findings"]
    place = found["longitude"], found["latitude"]
    link = f"/?lang=en#c={place[0]},{place[1] - 0.0004},260,0,-60,0&l=terrain:1,roads:1&lang=en"
    viewer.open(link)
    viewer.page.evaluate("() => { cim.first = structuredClone(cim.state); }")
    return viewer, place


@pytest.fixture(scope="module")
def place(opened) -> tuple[float, float]:
    """Return the longitude and latitude of that place."""
    return opened[1]


@pytest.fixture
def tools(opened) -> Iterator[Any]:
    """Return that viewer with the network's tools open and nothing asked; at the end it may not have complained."""
    viewer, place = opened
    viewer.page.evaluate(RESET, list(place))
    viewer.settle()
    yield viewer
    strangers, complaints = viewer.strangers[:], viewer.complaints[:]
    viewer.strangers.clear()
    viewer.complaints.clear()
    assert strangers == []
    assert complaints == []


def square(longitude: float, latitude: float) -> list[tuple[float, float]]:
    """Return the corners of an outline round a place."""
    return [(longitude + x * HALF_SIDE, latitude + y * HALF_SIDE) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def window_of(viewer: Any, corner: tuple[float, float]) -> tuple[float, float]:
    """Return where a place on the ground is drawn."""
    return viewer.window_of(*corner, viewer.ground_height(*corner))


def dig_asked(viewer: Any) -> dict[str, Any]:
    """Return what the server says to the outline and the depth that are shown."""
    return viewer.page.evaluate("""() => {
        const { corners, depth } = cim.state.network.dig;
        const polygon = { type: 'Polygon', coordinates: [[...corners, corners[0]]] };
        const headers = { 'Content-Type': 'application/json' };
        const body = JSON.stringify({ polygon, depth_m: depth });
        return fetch('/api/network/excavation', { method: 'POST', headers, body }).then(answer => answer.json());
    }""")


@contextmanager
def changed(cluster: Any, theme: str, feature_id: int, **told: Any) -> Iterator[None]:
    """Let the register say otherwise of one thing, until the block ends; the data version stays."""
    names = [sql.Identifier(name) for name in told]
    there = sql.SQL("WHERE feature_id = %s AND closed_by IS NULL")
    read = sql.SQL("SELECT {} FROM city.{} {}").format(sql.SQL(", ").join(names), sql.Identifier(theme), there)
    pairs = sql.SQL(", ").join(sql.SQL("{} = %s").format(name) for name in names)
    write = sql.SQL("UPDATE city.{} SET {} {}").format(sql.Identifier(theme), pairs, there)
    with Store.open(cluster, "sample") as owner:
        with owner.connection(OPERATOR) as connection:
            (before,) = connection.execute(read, [feature_id]).fetchall()
            connection.execute(write, [*told.values(), feature_id])
        try:
            yield
        finally:
            with owner.connection(OPERATOR) as connection:
                connection.execute(write, [*before.values(), feature_id])


def answered(viewer: Any, tool: str) -> None:
    """Wait until a tool's question is answered."""
    viewer.page.wait_for_function("tool => cim.state.network[tool].status === 'ready'", arg=tool)


def write(viewer: Any, text: str) -> None:
    """Write coordinates and hand them in."""
    if viewer.page.get_attribute(".by-hand", "open") is None:
        viewer.page.click(".by-hand summary")
    viewer.page.fill("#corners", text)
    viewer.page.click(".by-hand form button")


def test_an_outline_drawn_with_the_mouse_tells_what_lies_there(tools, place):
    page = tools.page
    corners = square(*place)
    page.evaluate("corners => cim.actions.network.lookAt(corners)", corners)
    tools.settle()
    page.click("#draw")
    for corner in corners:
        page.mouse.click(*window_of(tools, corner))
        page.wait_for_timeout(50)
    page.mouse.click(*window_of(tools, corners[0]))
    answered(tools, "dig")
    drawn = page.evaluate("() => cim.state.network.dig.corners")
    assert [each == pytest.approx(corner, abs=1e-5) for each, corner in zip(drawn, corners, strict=True)]
    told = dig_asked(tools)
    assert page.inner_text("#dig-notice strong") == told["notices"][0]["en"] == "no data is not no pipe"
    by_hand = [pipe for pipe in told["pipes"] if pipe["by_hand"]]
    listed = page.locator('[data-list="dig.list.hand"] .line .unit').all_inner_texts()
    assert listed == [pipe["key"] for pipe in by_hand]
    assert listed
    assert page.locator('[data-list="dig.list.owners"] .line').count() == len(told["owners"])
    network = by_hand[0]["network"]
    page.wait_for_function("name => cim.layers.tilesets.get(name)", arg=f"pipes-{network}")
    shown = {pipe["feature_id"] for pipe in told["pipes"]} | {each["feature_id"] for each in told["manholes"]}
    assert set(page.evaluate(LIT, f"pipes-{network}")["of"]) == shown
    # A line of the list leads to its place, and lights what it names.
    page.locator('[data-list="dig.list.hand"] .line').first.click()
    tools.settle()
    assert page.evaluate(LIT, f"pipes-{network}")["lit"] == [by_hand[0]["feature_id"]]
    assert page.evaluate(HOW_FAR, [by_hand[0]["longitude"], by_hand[0]["latitude"]]) < 60
    tools.screenshot("dig")
    for ending, begins in (("pdf", b"%PDF"), ("dxf", b"  0")):
        with page.expect_download() as coming:
            page.click(f"#dig-{ending}")
        assert Path(coming.value.path()).read_bytes().startswith(begins)
        assert coming.value.suggested_filename.endswith(f".{ending}")


def test_a_depth_that_is_known_at_one_end_is_told_as_that(tools, place, sample_cluster):
    page, corners = tools.page, square(*place)

    def ask() -> dict[str, str]:
        """Return what the list says of each pipe, by its number."""
        write(tools, "\n".join(f"{x}, {y}" for x, y in corners))
        answered(tools, "dig")
        rows = page.locator('[data-list="dig.list.hand"] .line, [data-list="dig.list.others"] .line')
        keys = rows.locator(".unit").evaluate_all("all => all.map(each => each.textContent)")
        return dict(zip(keys, rows.evaluate_all("all => all.map(each => each.textContent)"), strict=True))

    page.evaluate("() => cim.actions.useLang('zh-CN')")
    assert not any("一端" in said for said in ask().values())
    pipe = next(each for each in dig_asked(tools)["pipes"] if each["network"] == "water" and each["depth_m"])
    with changed(sample_cluster, "pipe_segment", pipe["feature_id"], **dict.fromkeys(("end_depth_m", "end_level_m"))):
        told = ask()
        (there,) = (each for each in dig_asked(tools)["pipes"] if each["feature_id"] == pipe["feature_id"])
    assert there["depth_m"] is None
    assert there["one_end_depth_m"] > 0
    one_end = f"{there['one_end_depth_m']:g} m"
    assert f"埋深未知（一端 {one_end}）" in told[pipe["key"]]
    assert sum("一端" in said for said in told.values()) == 1
    page.evaluate("() => cim.actions.useLang('en')")
    assert f"depth not known (at one end {one_end})" in page.inner_text("#dig").lower()


def test_from_where_the_distance_of_a_manhole_counts_is_told(tools, place, sample_cluster):
    page, (x, y) = tools.page, place
    bbox = ",".join(str(each) for each in (x - 0.002, y - 0.002, x + 0.002, y + 0.002))
    nodes = tools.ask(f"/api/layers/pipe-nodes/features?limit=1000&bbox={bbox}")["features"]
    manhole = next(each for each in nodes if each["properties"]["kind"] == "manhole")
    longitude, latitude = manhole["geometry"]["coordinates"][:2]
    # Its middle lies 2 m west of the hole.
    corners = square(longitude + HALF_SIDE + 0.00002, latitude)

    def ask() -> tuple[float, str]:
        write(tools, "\n".join(f"{x}, {y}" for x, y in corners))
        answered(tools, "dig")
        (told,) = (each for each in dig_asked(tools)["manholes"] if each["feature_id"] == manhole["id"])
        row = page.locator('[data-list="dig.list.manholes"] .line', has=page.get_by_text(told["key"], exact=True))
        return told["distance_m"], row.evaluate("row => row.textContent")

    page.evaluate("() => cim.actions.useLang('zh-CN')")
    from_cover, said = ask()
    assert "(自井盖边)" in said
    with changed(sample_cluster, "pipe_node", manhole["id"], cover_size_mm=None):
        from_middle, said_then = ask()
    assert "(自中心)" in said_then
    assert "自井盖边" not in said_then
    assert from_middle > from_cover + 0.2
    assert f"距边缘 {from_middle:g}" in said_then.replace("±", " ±")


def test_a_dig_in_the_zones_of_a_railway_maps_them(tools):
    page = tools.page
    stops = tools.ask("/api/layers/facility-transport/features?limit=1000")["features"]
    (station,) = (each for each in stops if each["properties"]["kind"] == "metro_station")
    longitude, latitude = station["geometry"]["coordinates"][:2]
    drawn = """() => cim.layers.draped.find(each => each.layer.name === 'rail-zones').imagery.show"""
    write(tools, "\n".join(f"{x}, {y}" for x, y in square(longitude + 0.001, latitude)))
    answered(tools, "dig")
    assert page.evaluate(drawn) is False, "97 m away no zone is asked about"
    write(tools, "\n".join(f"{x}, {y}" for x, y in square(longitude + 0.0003, latitude)))
    answered(tools, "dig")
    (told,) = dig_asked(tools)["rail"]
    assert told["feature_id"] == station["id"]
    assert page.evaluate(drawn) is True
    said = page.inner_text('[data-list="dig.list.rail"]')
    assert f"{told['zones'][0]['asks_en']} (unverified)" in said
    assert page.locator("#dig-unmapped").count() == 0
    # In a city that has not mapped them the list says what to do.
    unmapped = """async () => {
        const { digLists } = await import('/static/viewer/panels/dig-lists.js');
        const { render } = await import('lit-html');
        const { 'rail-zones': _, ...layers } = cim.state.layers;
        const actions = { network: cim.actions.network, store: { state: { ...cim.state, layers } } };
        const box = document.createElement('div');
        render(digLists(cim.state.network.dig.answer, actions), box);
        return box.querySelector('#dig-unmapped')?.textContent;
    }"""
    assert "cim network rail" in page.evaluate(unmapped)
    page.evaluate("place => cim.actions.network.lookAtPlace(place, null, 60)", [longitude, latitude])
    tools.settle()
    page.click("#tool-underground")
    tools.settle()
    assert tools.pixels((0xD7, 0xC1, 0xD8), 25) > 300, "no zone is seen"
    page.click("#tab-legend")
    assert "the rail operator decides" in page.inner_text("#side .note")
    tools.screenshot("rail-zones")


def test_a_corner_is_dragged_and_the_depth_changed_and_it_is_asked_anew(tools, place):
    page = tools.page
    write(tools, "\n".join(f"{x}, {y}" for x, y in square(*place)))
    answered(tools, "dig")
    tools.settle()
    before = page.evaluate("() => [cim.state.network.dig.answer.dig.area_m2, cim.viewer.camera.position.toString()]")
    x, y = window_of(tools, square(*place)[2])
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y - 20, steps=3)
    page.mouse.up()
    page.wait_for_function("area => cim.state.network.dig.answer?.dig.area_m2 > area + 1", arg=before[0])
    assert page.evaluate("() => cim.viewer.camera.position.toString()") == before[1], "the map moved with the corner"
    page.fill("#dig-depth", "0.4")
    page.evaluate("() => { cim.actions.store.set({ query: '' }); }")
    tools.settle()
    assert page.input_value("#dig-depth") == "0.4", "what is typed is lost when anything is drawn anew"
    page.press("#dig-depth", "Tab")
    page.wait_for_function("() => cim.state.network.dig.answer?.dig.depth_m === 0.4")
    page.fill("#dig-depth", "99")
    page.press("#dig-depth", "Tab")
    assert page.input_value("#dig-depth") == "0.4", "a depth that is not asked about stays"
    assert "below the bottom" in page.inner_text("#dig")
    page.click("#draw-clear")
    assert page.locator("#dig-notice").count() == 0


def test_drawing_by_keyboard_alone(tools):
    page = tools.page
    page.focus("#map")
    for key in ("p", "p"):
        page.keyboard.press(key)
    page.focus("#draw")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "map"
    for key in ("Enter", "ArrowRight", "Enter", "ArrowUp", "Enter", "ArrowLeft", "Enter", "Backspace", "Enter"):
        page.keyboard.press(key)
        page.wait_for_timeout(50)
    assert page.evaluate("() => cim.state.network.dig.corners.length") == 4
    page.keyboard.press("Enter")
    assert page.evaluate("() => cim.state.network.drawing") is None
    page.wait_for_function("() => cim.state.network.dig.status !== 'loading'")
    page.focus("#draw")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.evaluate("() => [cim.state.network.drawing, cim.state.network.dig.corners]") == [None, []]


def test_what_cannot_be_read_or_asked_is_said_in_words(tools):
    page = tools.page
    write(tools, "106.55, 29.56\nhere, there")
    assert "here, there" in page.inner_text(".by-hand [role=alert]")
    write(tools, "106.55, 29.56")
    assert "At least 3" in page.inner_text(".by-hand [role=alert]")
    # One that crosses itself is refused by the server.
    write(tools, "106.556, 29.560\n106.557, 29.561\n106.557, 29.560\n106.556, 29.561")
    page.wait_for_selector("#dig [role=alert].hint")
    assert "not valid" in page.inner_text("#dig [role=alert].hint")
    polygon = '{"type": "Polygon", "coordinates": [[[106.3, 29.1], [106.3001, 29.1], [106.3, 29.1001], [106.3, 29.1]]]}'
    write(tools, polygon)
    answered(tools, "dig")
    assert page.evaluate("() => cim.state.network.dig.corners.length") == 3
    assert "does not mean" in page.inner_text("#dig-nothing")
    assert "no data is not no pipe" in page.inner_text("#dig-notice")
    assert [each for each in tools.complaints if "400" not in each] == []
    tools.complaints.clear()


def test_findings_of_clearance_lead_to_their_places_and_light_both(tools):
    page = tools.page
    page.click('[data-tool="clearance"]')
    page.wait_for_selector(".finding")
    told = tools.ask("/api/network/clearance?limit=100")
    numbers = "rows => rows.map(row => Number(row.dataset.number))"
    assert page.locator(".finding").evaluate_all(numbers) == [each["number"] for each in told["findings"][:50]]
    page.click("#clearance-more")
    page.wait_for_function("() => cim.state.network.clearance.findings.length === 100")
    assert page.locator(".finding").evaluate_all(numbers) == [each["number"] for each in told["findings"]]
    page.select_option("#clearance-rule", "vertical")
    page.select_option("#clearance-verdict", "violation")
    answered(tools, "clearance")
    some = tools.ask("/api/network/clearance?rules=vertical&verdicts=violation&limit=50")["findings"]
    page.wait_for_function("count => document.querySelectorAll('.finding').length === count", arg=len(some))
    assert page.inner_text("#clearance-count").startswith(f"{len(some)} of {len(some)}")
    page.locator(".finding").first.click()
    tools.settle()
    for each in some[:2]:
        both = {each["feature_id"], each["other_id"]}
        assert set(page.evaluate(LIT, f"pipes-{each['network']}")["lit"]) == both
        assert page.evaluate(HOW_FAR, [each["longitude"], each["latitude"]]) < 60
        assert page.evaluate("() => cim.layers.sketch.pins.length") == 1
        page.click("#clearance-next")
        tools.settle()
    tools.screenshot("clearance")
    page.select_option("#clearance-group", "heat")
    answered(tools, "clearance")
    query = "rules=vertical&verdicts=violation&group=heat&limit=50"
    heat = tools.ask(f"/api/network/clearance?{query}")["findings"]
    assert page.locator(".finding").evaluate_all(numbers) == [each["number"] for each in heat]
    assert ("Nothing by this filter" in page.inner_text("#clearance")) == (not heat)


def test_a_section_is_drawn_below_a_line(tools, place):
    page, (longitude, latitude) = tools.page, place
    page.click('[data-tool="section"]')
    line = [(longitude - 0.0002, latitude - 0.0001), (longitude + 0.0002, latitude + 0.0001)]
    write(tools, "\n".join(f"{x:.7f}, {y:.7f}" for x, y in line))
    page.wait_for_function("() => document.querySelector('#section-drawing img')?.naturalWidth > 100")
    told = tools.ask("/api/network/section?line=" + ";".join(f"{x:.7f},{y:.7f}" for x, y in line))
    keys = page.locator("#section .line .unit").all_inner_texts()
    assert keys == [each["key"] for each in told["cuts"]]
    assert keys
    assert page.evaluate("() => cim.layers.sketch.pins.map(pin => pin.text)") == ["A", "B"]
    tools.settle()
    drawing = page.locator("#section-drawing").bounding_box()
    assert all(window_of(tools, end)[1] < drawing["y"] for end in line), "the line lies behind its drawing"
    tools.screenshot("section")
    (wide, held, shown) = page.evaluate(DRAWN)
    assert wide == held == shown, "a drawing is cut in a narrow window"
    page.locator("#section-drawing img").click(position={"x": wide - 5, "y": 5})
    page.wait_for_function("() => document.querySelector('#section-drawing .scroll').scrollLeft > 0")
    (wide, held, shown) = page.evaluate(DRAWN)
    assert held == shown > 1.4 * wide, "its words cannot be read, or not all of it is reached"
    page.click("#section-enlarge")
    assert page.evaluate(DRAWN) == [wide, wide, wide]
    page.keyboard.press("Escape")
    assert page.locator("#section-drawing").count() == 0
    with page.expect_download() as coming:
        page.locator("#section .reports a", has_text="DXF").click()
    assert Path(coming.value.path()).stat().st_size > 1000


def test_a_cut_whose_depth_nobody_surveyed_says_so(tools, place, sample_cluster):
    page, (longitude, latitude) = tools.page, place
    page.click('[data-tool="section"]')
    page.evaluate("() => cim.actions.useLang('zh-CN')")

    def ask(more: float) -> dict[str, str]:
        """Return what the list says of each cut; other coordinates, so that no kept answer is told."""
        line = [(longitude - 0.0002, latitude - 0.0001), (longitude + 0.0002 + more, latitude + 0.0001)]
        write(tools, "\n".join(f"{x:.7f}, {y:.7f}" for x, y in line))
        answered(tools, "section")
        rows = page.locator("#section .found .line")
        keys = rows.locator(".unit").evaluate_all("all => all.map(each => each.textContent)")
        return dict(zip(keys, rows.evaluate_all("all => all.map(each => each.textContent)"), strict=True))

    first = ask(0)
    assert len(first) > 1
    assert not any("未测" in said for said in first.values())
    cut = page.evaluate("() => cim.state.network.section.answer.cuts.find(cut => cut.depth_m !== null)")
    unsaid = dict.fromkeys(("start_depth_m", "start_level_m"))
    with changed(sample_cluster, "pipe_segment", cut["segment_id"], **unsaid):
        then = ask(0.000001)
    assert re.search(r"埋深 \d+\.\d\d m（未测，按来源推定）", then[cut["key"]])
    assert [key for key, said in then.items() if "未测" in said] == [cut["key"]]


def test_pipes_wear_their_risk_and_a_cell_of_the_matrix_chooses(tools):
    page = tools.page
    page.click('[data-tool="risk"]')
    page.wait_for_selector("#risk-matrix")
    told = tools.ask("/api/network/risk?limit=5000")
    shown = page.locator("#risk-matrix button").evaluate_all(CELLS)
    axes = ("likelihood_class", "consequence_class", "segments")
    assert sorted(shown) == sorted([each[axis] for axis in axes] for each in told["matrix"]["cells"])
    page.wait_for_function("() => cim.layers.tilesets.get('pipes-water')")
    coloured = "() => Object.fromEntries(cim.layers.tilesets.get('pipes-water').style.color.colours ?? [])"
    colours = page.evaluate(coloured)
    assert set(map(int, colours)) == {each["segment_id"] for each in told["segments"]}
    by_class = {each["risk_class"]: colours[str(each["segment_id"])] for each in told["segments"]}
    layers = [layer for group in tools.ask("/api/layers")["groups"] for layer in group["layers"]]
    legend = next(layer for layer in layers if layer["name"] == "network-risk")["style"]["by"]["classes"]
    assert by_class.items() <= {each["value"]: each["color"] for each in legend}.items()
    likelihood, consequence, count = max(shown, key=lambda each: each[:2])
    page.click(f'#risk-matrix button[data-likelihood="{likelihood}"][data-consequence="{consequence}"]')
    page.wait_for_function("count => cim.state.network.risk.pipes.length === count", arg=count)
    assert len(page.evaluate(coloured)) == count
    page.locator("#risk .line").first.click()
    first = page.evaluate("() => cim.state.network.risk.opened")
    assert f"({first['rank_low']}–{first['rank_high']})" in page.inner_text(".finding-details")
    tools.settle()
    assert page.evaluate(LIT, f"pipes-{first['network']}")["lit"] == [first["segment_id"]]
    assert tools.pixels((255, 176, 0), 75) > 100, "the pipe is not seen"
    tools.screenshot("risk")


def test_a_burst_names_who_must_not_be_without_and_leads_to_the_valves(tools):
    (run,) = tools.ask("/api/analyses/network.criticality?subject=water&limit=1")["findings"]
    page = tools.page
    page.evaluate("() => cim.actions.store.setLayer('buildings', { visible: true })")
    page.fill("#search", str(run["segment_id"]))
    page.press("#search", "Enter")
    page.click("#burst")
    page.wait_for_selector("#burst-critical")
    told = tools.ask(f"/api/network/isolation?segment={run['segment_id']}")
    critical = [each for each in told["services"] if each["critical"]]
    assert page.locator("#burst-critical .chip").count() == len(critical) > 0
    tools.settle()
    painted = page.evaluate(LIT, "buildings")
    assert set(painted["grave"]) == {each["building_id"] for each in critical}
    assert {each["building_id"] for each in told["services"]} - {None} <= set(painted["lit"])
    pins = page.evaluate("() => cim.layers.sketch.pins.map(pin => pin.text)")
    assert pins == [str(each["order"]) for each in told["valves"]]
    last = [each for each in told["valves"] if each["role"] == "close"][-1]
    page.locator(".valves .place").nth(last["order"] - 1).click()
    tools.settle()
    assert page.evaluate(HOW_FAR, [last["longitude"], last["latitude"]]) < 60
    page.evaluate(LEAVE_OUT)
    assert "left out: 3 (valve on a fork)" in page.inner_text("#burst-answer .hint.tight").lower()


def test_a_burst_names_facilities_of_which_nobody_knows_what_feeds_them(tools, sample_cluster):
    page = tools.page
    found = tools.ask("/api/analyses/network.criticality?subject=water&limit=3")["findings"]
    segment = found[2]["segment_id"]
    hospitals = tools.ask("/api/layers/facility-health/features?limit=100")["features"]
    hospital = next(each for each in hospitals if each["properties"]["kind"] == "hospital")
    with Store.open(sample_cluster, "sample") as owner:
        middle = "SELECT ST_LineInterpolatePoint(geom, 0.5)::text AS at FROM city.pipe_segment_current"
        (row,) = owner.rows(OPERATOR, f"{middle} WHERE feature_id = %(id)s", {"id": segment})

    def burst() -> None:
        page.fill("#search", str(segment))
        page.press("#search", "Enter")
        page.click("#burst")
        page.wait_for_selector("#burst-answer")

    # In the street, above the pipe: in no building that has a connection.
    with changed(sample_cluster, "facility", hospital["id"], geom=row["at"], building_id=None):
        burst()
        told = tools.ask(f"/api/network/isolation?segment={segment}")
    assert hospital["id"] in {each["feature_id"] for each in told["unlinked"]}
    heading = f"Not linked to the network ({len(told['unlinked'])})"
    assert page.locator("#burst-answer .burst-role", has_text=heading).count() == 1
    chips = page.locator("#burst-unlinked .chip")
    assert chips.count() == len(told["unlinked"])
    name = hospital["properties"]["name"]
    assert f"Hospital {name}" in chips.all_inner_texts()
    page.evaluate("() => cim.actions.useLang('zh-CN')")
    before = page.evaluate("() => cim.viewer.camera.position.toString()")
    page.get_by_role("button", name=f"医院 {name}").click()
    page.wait_for_function("before => cim.viewer.camera.position.toString() !== before", arg=before)


def test_a_server_that_does_not_answer_is_said_and_asked_again(tools):
    page = tools.page
    page.route(re.compile("/api/network/clearance"), lambda route: route.abort())
    page.click('[data-tool="clearance"]')
    page.wait_for_selector("#clearance [role=alert]")
    assert "does not answer" in page.inner_text("#clearance [role=alert]")
    page.unroute(re.compile("/api/network/clearance"))
    page.click("#clearance [role=alert] + button")
    page.wait_for_selector(".finding")
    tools.complaints.clear()


def test_a_city_without_pipes_says_what_to_do(tools, empty_site):
    page = tools.page
    # What a city without data answers, asked by the page that is open already.
    page.route(
        re.compile("/api/network/"),
        lambda route: route.fulfill(response=route.fetch(url=route.request.url.replace(tools.site, empty_site))),
    )
    page.evaluate("""() => {
        const roads = group => ({ ...group, layers: group.layers.filter(({ name }) => name === 'roads') });
        cim.actions.store.set({ groups: cim.state.groups.map(roads) });
    }""")
    assert "No pipe network" in page.inner_text("#no-network")
    for tool in ("clearance", "risk"):
        page.click(f'[data-tool="{tool}"]')
        page.wait_for_selector(f"#{tool}-none")
        assert f"cim network {tool}" in page.inner_text(f"#{tool}-none")
    page.unroute_all()


def test_in_a_narrow_window_in_chinese_the_sheet_leaves_the_map_free(tools, place):
    page, corners = tools.page, square(*place)
    page.set_viewport_size({"width": 390, "height": 760})
    page.evaluate("() => cim.actions.useLang('zh-CN')")
    assert page.inner_text("#tab-network") == "管网"
    page.click("#draw")
    assert page.locator(".side").bounding_box()["height"] < 0.45 * 760
    page.locator("#drawing button").last.click()
    write(tools, "\n".join(f"{x}, {y}" for x, y in corners))
    answered(tools, "dig")
    assert page.inner_text("#dig-notice strong") == "无数据不等于无管线"
    tools.settle()
    sheet = page.locator(".side").bounding_box()
    assert sheet["width"] == 390
    assert all(window_of(tools, corner)[1] < sheet["y"] for corner in corners), "the outline lies behind the sheet"
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    page.wait_for_timeout(300)
    tools.screenshot("phone-dig")
    page.set_viewport_size({"width": 840, "height": 540})


def test_the_tools_words_and_names_are_whole(tools):
    page = tools.page
    for tool in ("dig", "clearance", "section", "risk"):
        page.click(f'[data-tool="{tool}"]')
        page.wait_for_timeout(50)
        for _ in ("en", "zh-CN"):
            assert RAW_KEY.findall(page.inner_text("#network")) == []
            page.click("#tool-lang")
    nameless = page.evaluate("""() => [...document.querySelectorAll(
        "button, input, select, textarea")].filter(each => !each.ariaLabel && !each.textContent.trim()
        && !each.labels?.[0]?.textContent.trim()).length""")
    assert nameless == 0
