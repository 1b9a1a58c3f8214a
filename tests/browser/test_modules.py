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
}
VIEW = {"longitude": 106.5561234, "latitude": 29.5601234, "height": 812.34, "heading": 14, "pitch": -29.5, "roll": 0}


def test_address_holds_the_whole_view(module):
    told = module("share.js", "(m, state, view) => m.readHash(m.writeHash(state, view))", STATE, VIEW)
    assert told["camera"] == VIEW
    assert told["layers"] == {"buildings": {"visible": True, "opacity": 0.5}}
    assert told["underground"] == STATE["underground"]
    assert told["lang"] == "en"
    assert told["selected"] == STATE["selection"]


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


def test_both_languages_say_the_same_things(module, site):
    languages = module(
        "share.js",
        "() => Promise.all(['zh-CN', 'en'].map(name => fetch(`/static/locales/${name}.json`).then(a => a.json())))",
    )
    chinese, english = languages
    assert chinese.keys() == english.keys()
    assert all(chinese.values())
    assert all(english.values())
