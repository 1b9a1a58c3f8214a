"""The viewer's pure modules, each loaded by the browser alone: addresses, classes of a style, what lies at a place."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="module")
def module(make_viewer, site):
    """Call `call(path, script)`: the script gets the module at that path as `m`."""
    page = make_viewer(site).page
    page.goto(site + "/healthz")

    def call(path: str, script: str, *arguments: Any) -> Any:
        return page.evaluate(
            f"([path, values]) => import(path).then(m => ({script})(m, ...values))",
            [f"/static/viewer/{path}", list(arguments)],
        )

    return call


STATE = {
    "layers": {"buildings": {"visible": True, "opacity": 0.5}, "roads": {"visible": False, "opacity": 1}},
    "underground": {"on": True, "ground": 0.25, "above": 0.4},
    "lang": "en",
    "selection": {"featureId": 9007199254740991, "layer": "pipes-water"},
    "examination": {
        "opened": "C12", "level": "community", "colour": "grade", "chosen": {"year": 2026, "system": "few+ours, 2 & 3"},
    },
}  # fmt: skip
VIEW = {"longitude": 106.5561234, "latitude": 29.5601234, "height": 812.34, "heading": 14, "pitch": -29.5, "roll": 0}


def test_address_holds_the_whole_view(module):
    told = module("share.js", "(m, state, view) => m.readHash(m.writeHash(state, view))", STATE, VIEW)
    assert told["camera"] == VIEW
    assert told["layers"] == {"buildings": {"visible": True, "opacity": 0.5}}
    assert told["underground"] == STATE["underground"]
    assert told["lang"] == "en"
    assert told["selected"] == STATE["selection"]
    run = {"year": 2026, "system": "few+ours, 2 & 3"}
    assert told["indicator"] == {"code": "C12", "level": "community", "colour": "grade", "run": run}


@pytest.mark.parametrize("spoilt", ["#c=1,2,3", "#c=200,0,1,0,0,0", "#c=1,2,3,4,5,NaN", "#c=", "", "#%%%"])
def test_what_cannot_be_read_of_an_address_is_left_out(module, spoilt):
    assert module("share.js", "(m, hash) => m.readHash(hash).camera ?? null", spoilt) is None


CLASSES = [{"max": 10, "color": "low"}, {"max": 20, "color": "middle"}, {"max": None, "color": "high"}]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (10, "low"),
        (10.5, "middle"),
        (20, "middle"),
        (1e9, "high"),
        (None, None),
        ("", None),
        ("tall", None),
        (0, "low"),
    ],
)
def test_a_number_falls_into_the_class_whose_end_it_does_not_pass(module, value, expected):
    style = {"by": {"property": "height_m", "classes": CLASSES}}
    script = "(m, style, value) => m.classOf(style, { height_m: value })?.color ?? null"
    assert module("map/mvt-style.js", script, style, value) == expected


def test_a_value_has_its_own_class_and_no_other(module):
    style = {"by": {"property": "use", "classes": [{"value": "07", "color": "a"}, {"value": 0, "color": "b"}]}}
    script = "(m, style, value) => m.classOf(style, { use: value })?.color ?? null"
    found = [module("map/mvt-style.js", script, style, value) for value in ("07", 0, "7", None)]
    assert found == ["a", "b", None, None]


SQUARE_WITH_HOLE = [
    [{"x": 0, "y": 0}, {"x": 100, "y": 0}, {"x": 100, "y": 100}, {"x": 0, "y": 100}, {"x": 0, "y": 0}],
    [{"x": 40, "y": 40}, {"x": 40, "y": 60}, {"x": 60, "y": 60}, {"x": 60, "y": 40}, {"x": 40, "y": 40}],
]
LINE = [[{"x": 0, "y": 200}, {"x": 100, "y": 200}]]
DOT = [[{"x": 50, "y": 202}]]


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [(20, 20, "square"), (50, 50, None), (20, 204, "line"), (20, 207, None), (50, 203, "dot"), (105, 204, None)],
)
def test_the_nearest_feature_within_reach_is_found(module, x, y, expected):
    script = """(m, x, y, shapes) => m.featureAt(
        shapes.map(([name, type, rings]) => ({ name, type, loadGeometry: () => rings })), { x, y }, 5)?.name ?? null"""
    shapes = [["square", 3, SQUARE_WITH_HOLE], ["line", 2, LINE], ["dot", 1, DOT]]
    assert module("map/mvt-hit.js", script, x, y, shapes) == expected


@pytest.mark.parametrize(
    ("x", "y", "hollow", "expected"),
    [(20, 20, True, None), (2, 20, True, "square"), (-3, 20, True, "square"), (42, 50, True, "square"),
     (98, 50, True, "beside"), (98, 50, False, "square")],
)  # fmt: skip
def test_of_an_area_that_is_drawn_as_its_outline_that_outline_is_found(module, x, y, hollow, expected):
    """A control line about a park is picked at its edge, and the red line beside it where it runs."""
    script = """(m, x, y, shapes, hollow) => m.featureAt(
        shapes.map(([name, type, rings]) => ({ name, type, loadGeometry: () => rings })), { x, y }, 5, hollow)?.name
        ?? null"""
    beside = [[{"x": 99, "y": 0}, {"x": 99, "y": 100}]]
    shapes = [["beside", 2, beside], ["square", 3, SQUARE_WITH_HOLE]]
    assert module("map/mvt-hit.js", script, x, y, shapes, hollow) == expected


@pytest.mark.parametrize(("kind", "expected"), [("red", []), ("farmland", [18, 8])])
def test_a_class_may_have_dashes_of_its_own(module, kind, expected):
    script = """(m, kind) => {
        const calls = [];
        const context = new Proxy({ canvas: { width: 512 } }, {
            get: (target, name) => target[name] ?? ((...values) => { calls.push([name, values]); }), set: () => true });
        const classes = [{ value: 'red', color: '#f00' }, { value: 'farmland', color: '#880', dash: [9, 4] }];
        const feature = { type: 2, properties: { kind }, loadGeometry: () => [[{ x: 0, y: 0 }, { x: 9, y: 9 }]] };
        const sheet = { context, scale: 1, offsetX: 0, offsetY: 0, density: 2, metresAcross: 100 };
        m.paint(sheet, [feature], { type: 'line', by: { property: 'kind', classes } });
        return calls.find(([name]) => name === 'setLineDash')[1][0];
    }"""
    assert module("map/mvt-style.js", script, kind) == expected


def test_both_languages_say_the_same_things(module, site):
    languages = module(
        "share.js",
        "() => Promise.all(['zh-CN', 'en'].map(name => fetch(`/static/locales/${name}.json`).then(a => a.json())))",
    )
    chinese, english = languages
    assert chinese.keys() == english.keys()
    assert all(chinese.values())
    assert all(english.values())


LINK = {
    "camera": VIEW,
    "layers": {"roads": {"visible": True, "opacity": 0.5}},
    "underground": {"on": True, "ground": 0.1, "above": 0.2},
    "lang": "zh-CN",
    "selected": {"featureId": 7, "layer": "roads"},
}
FOLLOW = """async (m, shared) => {
    const { Store } = await import('/static/viewer/store.js');
    const layers = ['buildings', 'roads'].map(name => ({ name, visible: true, style: {} }));
    const store = new Store({ lang: 'en', groups: [{ layers }], underground: { on: true, ground: 0.25, above: 0.35 },
        layers: { buildings: { visible: true, opacity: 1 }, roads: { visible: true, opacity: 1 } } });
    const done = [];
    const told = name => (...values) => done.push([name, ...values]);
    const actions = { useLang: told('lang'), select: told('select'), deselect: told('deselect') };
    m.followLink(shared, store, actions, told('look'));
    const { layers: shown, underground } = store.state;
    return { done, shown: layers.map(({ name }) => [name, shown[name].visible, shown[name].opacity]), underground };
}"""


def test_a_link_brings_its_whole_view_to_an_open_page(module):
    told = module("follow-link.js", FOLLOW, LINK)
    assert told["done"] == [["lang", "zh-CN"], ["look", VIEW], ["select", 7, "roads"]]
    assert told["shown"] == [["buildings", False, 1], ["roads", True, 0.5]]
    assert told["underground"] == LINK["underground"]


def test_what_a_whole_link_does_not_name_is_off_and_a_part_of_one_changes_only_what_it_names(module):
    told = module("follow-link.js", FOLLOW, {"layers": LINK["layers"], "lang": "en"})
    assert told["done"] == [["deselect"]]
    assert told["underground"] == {"on": False, "ground": 0.25, "above": 0.35}
    told = module("follow-link.js", FOLLOW, {"camera": VIEW})
    assert told["done"] == [["look", VIEW]]
    assert told["shown"] == [["buildings", True, 1], ["roads", True, 1]]
    assert told["underground"]["on"] is True


@pytest.fixture(scope="module")
def mapped(make_viewer, site):
    """As `module`, for modules that are built on CesiumJS."""
    page = make_viewer(site).page
    page.goto(site + "/healthz")
    page.evaluate("""() => {
        const script = document.createElement('script');
        script.type = 'importmap';
        script.textContent = JSON.stringify({ imports: {
            'cesium': '/static/cesium/index.js',
            'lit-html': '/static/vendor/lit-html/lit-html.js',
            'pbf': '/static/vendor/pbf/index.js',
            '@mapbox/vector-tile': '/static/vendor/@mapbox/vector-tile/index.js',
            '@mapbox/point-geometry': '/static/vendor/@mapbox/point-geometry/index.js',
        } });
        document.head.append(script);
    }""")

    def call(path: str, script: str, *arguments: Any) -> Any:
        return page.evaluate(
            f"([path, values]) => import(path).then(m => ({script})(m, ...values))",
            [f"/static/viewer/{path}", list(arguments)],
        )

    return call


PICKS = """async (m, steps) => {
    const { Store, initialState } = await import('/static/viewer/store.js');
    const store = new Store(initialState('en', null));
    const slow = {};
    const ground = { x: 6378137, y: 0, z: 0 };
    const layers = { widget: {
        canvas: { clientWidth: 800, clientHeight: 500 },
        camera: { getPickRay: () => ({}), positionWC: { x: 6379137, y: 0, z: 0 }, frustum: {} },
        scene: { pick: () => undefined, globe: { show: true, pick: () => ground } },
    } };
    const featureIdAt = () => new Promise(resolve => { slow[Object.keys(slow).length + 1] = resolve; });
    layers.shownDraped = () => [{ layer: { name: 'roads', style: {} }, provider: { featureIdAt } }];
    const actions = new m.Actions(store, layers);
    const asked = [];
    for (const [what, value] of steps) {
        if (what === 'click') asked.push(actions.pick({ x: 1, y: 1 }));
        else if (what === 'find') asked.push(actions.select(value, null));
        else if (what === 'close') actions.deselect();
        else { slow[what](value); await new Promise(resolve => setTimeout(resolve, 20)); }
    }
    await Promise.all(asked);
    return store.state.selection?.featureId ?? null;
}"""


@pytest.mark.parametrize(
    ("steps", "selected"),
    [
        ([["click", 0], ["click", 0], [2, 22], [1, 11]], 22),
        ([["click", 0], ["click", 0], [1, 11], [2, 22]], 22),
        ([["click", 0], ["click", 0], [2, None], [1, 11]], None),
        ([["click", 0], ["find", 33], [1, 11]], 33),
        ([["click", 0], ["close", 0], [1, 11]], None),
    ],
)
def test_the_last_click_counts_however_long_an_earlier_one_takes(mapped, steps, selected):
    assert mapped("actions.js", PICKS, steps) == selected


LISTS = """async (m, rail, layers) => {
    const { loadStrings, useLang } = await import('/static/viewer/i18n.js');
    const { render } = await import('/static/vendor/lit-html/lit-html.js');
    await loadStrings('zh-CN');
    useLang('zh-CN');
    const at = document.createElement('div');
    render(m.digLists({ pipes: [], manholes: [], roads: [], owners: [], rail }, { store: { state: { layers } } }), at);
    const lists = [...at.querySelectorAll('details')].map(list => [list.dataset.list, list.textContent]);
    return [lists, !!at.querySelector('#dig-unmapped')];
}"""


def test_a_dig_near_a_railway_names_station_operator_and_what_it_asks(mapped):
    zone = {"asks_zh": "须征得同意", "asks_en": "consent needed"}
    station = {"key": "M1", "name": "样江大桥站", "owner": "轨道", "contact": None, "phone": "000", "distance_m": 4.2}
    station |= {"theme": "facility", "zones": [zone]}
    ((name, told),), unmapped = mapped("panels/dig-lists.js", LISTS, [station], {"rail-zones": {}})
    assert not unmapped
    assert name == "dig.list.rail"
    for words in ("轨道交通控制保护区（1）", "样江大桥站", "4.2", "轨道 · 000", "须征得同意"):
        assert words in told
    # Zones that nobody has mapped yet: the list says what to run.
    assert mapped("panels/dig-lists.js", LISTS, [station], {})[1]
    assert mapped("panels/dig-lists.js", LISTS, [], {}) == [[], False]


LOADS = """async (m) => {
    const url = '/tiles/3d/nothing/tileset.json';
    const failed = [];
    const layers = new m.MapLayers({ scene: {} }, {}, layer => failed.push(layer.name));
    const layer = { name: 'nothing', kind: 'tiles3d', url, style: {} };
    performance.clearResourceTimings();
    await Promise.all([layers.load(layer), layers.load(layer)]);
    await layers.load(layer);
    const asked = performance.getEntriesByType('resource').filter(each => each.name.includes(url)).length;
    return [asked, failed, layers.pending];
}"""


def test_a_tileset_that_failed_is_asked_for_again_and_its_failure_told_once(mapped):
    assert mapped("map/layers.js", LOADS) == [2, ["nothing"], 0]


@pytest.mark.parametrize(
    ("width", "x", "y", "dock"),
    [(1600, 800, 500, "beside"), (1280, 1000, 100, "below"), (840, 350, 500, "beside"), (840, 587, 270, "above")],
)
def test_the_panel_opens_where_what_was_picked_is_not(module, width, x, y, dock):
    script = "(m, innerWidth, x, y) => m.dockFor({ x, y }, { innerWidth, innerHeight: 540 })"
    assert module("panels/dock.js", script, width, x, y) == dock
