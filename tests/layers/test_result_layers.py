"""Layers of what analyses found: places of findings, works of the newest plan, what flooded manholes are near."""

from __future__ import annotations

import json
import math

import mapbox_vector_tile
import numpy as np
import pytest

from cim.crs import longitude_latitude
from cim.layers.catalogue import catalogue
from cim.layers.features import feature, page
from cim.layers.vector_tiles import tile
from cim.viewer import LOCAL, OPERATOR, Viewer

RULE = {
    "rule": "horizontal", "other_kind": "pipe", "class_a": "water_le200", "class_b": "gas_low", "too_near": True,
    "measured_m": 0.2, "required_m": 0.5, "tolerance_m": 0.07, "clause": "4.1.9", "confidence": "V",
    "status": "unverified",
}  # fmt: skip
WORK = {
    "network": "water", "segments": 1, "length_m": 50.0, "cost_yuan": 90_000.0, "removed_yuan": 30_000.0,
    "failures_a_year": 0.1,
}  # fmt: skip


def named(store, viewer=LOCAL):
    return {layer.name: layer for layer in catalogue(store, viewer)}


def read(store, layer, viewer=LOCAL, **asked):
    return json.loads(page(store, viewer, layer, **asked))


def features_in(content, layer):
    return mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})[layer]["features"]


def drawn(store, shapes, layer, z=16):
    """What a tile at the middle of the city holds, places in metres from it."""
    lon, lat = (float(one) for one in longitude_latitude(store.city, shapes.east, shapes.north))
    column = (lon + 180) / 360 * 2**z
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z
    told = features_in(tile(store, LOCAL, layer, z, int(column), int(row)), layer)
    metres = 40_075_016.7 / 2**z / 4096 * math.cos(math.radians(lat))
    at = np.array([column % 1, row % 1]) * 4096
    return [(one["properties"], (np.array(one["geometry"]["coordinates"]) - at) * metres * [1, -1]) for one in told]


def run_with(plant, kind, tables, subject=""):
    """Plant a finished run with rows of several tables; `geom` is a shape."""
    run = plant.run(kind, "renewal_work", [])
    with plant.store.connection(OPERATOR) as connection:
        connection.execute("UPDATE run.analysis SET subject = %s WHERE run_id = %s", (subject, run))
        for table, rows in tables.items():
            for row in rows:
                values = {name: value for name, value in row.items() if name != "geom"}
                plant.insert(connection, "result", table, {"run_id": run, **values}, row.get("geom"))
    return run


@pytest.fixture
def too_near(plant, shapes):
    """Two pipes; the first is too near at two places, the second at one; a third one is restricted."""
    pipes = [plant("pipe_segment", shapes.line((0, y, 198.0), (200, y, 197.0)), network="water") for y in (0, 5)]
    secret = plant("pipe_segment", shapes.line((0, 9, 198.0), (200, 9, 197.0)), network="water", classification=2)
    places = [(pipes[0], 10, "violation"), (pipes[0], 60, "suspected"), (pipes[1], 40, "suspected")]
    rows = [
        {"number": n, "feature_id": pipe, "other_id": pipes[1], "verdict": verdict, "geom": shapes.point(x, 2.5, 197.5)}
        for n, (pipe, x, verdict) in enumerate(places, 1)
    ]
    hidden = {"number": 4, "feature_id": secret, "verdict": "violation", "geom": shapes.point(20, 2.5, 197.5)}
    rows = [RULE | row for row in (*rows, hidden)]
    run_with(plant, "network.clearance", {"clearance_finding": rows})
    return pipes


def test_clearance_is_drawn_where_it_was_found(too_near, web, shapes) -> None:
    layer = named(web)["clearance-findings"]
    assert (layer.count, layer.theme, layer.underground) == (3, "pipe_segment", True)
    assert [entry["label_zh"] for entry in layer.legend] == ["疑似", "违反"]
    found = drawn(web, shapes, "clearance-findings")
    wanted = {(too_near[0], 10.0, "violation"), (too_near[0], 60.0, "suspected"), (too_near[1], 40.0, "suspected")}
    assert {(told["feature_id"], round(at[0], 0), told["clearance_verdict"]) for told, at in found} == wanted
    assert {round(at[1] * 2) for _, at in found} == {5}
    assert found[-1][0]["clearance_verdict"] == "violation", "the grave ones are drawn last"
    assert found[0][0]["required_m"] == 0.5


def test_pages_of_places_tear_no_feature_apart(too_near, web, shapes) -> None:
    first = read(web, "clearance-findings", limit=1)
    assert [one["id"] for one in first["features"]] == [too_near[0]] * 2
    lon, lat = longitude_latitude(web.city, shapes.east + 10, shapes.north + 2.5)
    wanted = [float(lon), float(lat), 197.5 + web.city.ellipsoid_offset_m]
    assert first["features"][0]["geometry"]["coordinates"] == pytest.approx(wanted, abs=2e-7)
    after = int(first["links"][-1]["href"].rpartition("after=")[2])
    rest = read(web, "clearance-findings", limit=1, after=after)
    assert [one["id"] for one in rest["features"]] == [too_near[1]]
    assert [link["rel"] for link in rest["links"]] == ["self"]
    whole = read(web, "clearance-findings", limit=2)
    assert [one["id"] for one in whole["features"]] == [too_near[0]] * 2
    told = {each["name"]: each["value"] for each in feature(web, LOCAL, too_near[1])["results"]}
    assert told == {"clearance_violations": 1, "clearance_suspected": 2}


def test_a_plan_shows_the_works_of_the_newest_run(plant, web, shapes) -> None:
    pipes = [plant("pipe_segment", shapes.line((0, y, 198.0), (50, y, 197.0)), network="water") for y in (0, 5)]

    def planned(pipe, subject, year, forced):
        work = WORK | {"number": 1, "year": year, "forced": forced}
        segment = {"segment_id": pipe, "number": 1}
        run_with(plant, "network.plan", {"renewal_work": [work], "renewal_segment": [segment]}, subject)

    planned(pipes[0], "water", 2026, forced=False)
    planned(pipes[1], "", 2027, forced=True)
    layer = named(web)["renewal-works"]
    assert (layer.count, layer.legend[0]["label_en"]) == (1, "A rule asks for it")
    ((told, _),) = drawn(web, shapes, "renewal-works")
    assert (told["feature_id"], told["renewal_year"], told["renewal_forced"]) == (pipes[1], 2027, True)
    assert told["work_cost_yuan"] == 90_000
    results = {each["name"]: each for each in feature(web, LOCAL, pipes[1])["results"]}
    assert (results["renewal_work"]["value"], results["renewal_year"]["title_zh"]) == (1, "计划改造年份")
    assert named(web, Viewer("guest", frozenset(), 0)).get("renewal-works") is None


def test_what_floods_reach_is_drawn_once(plant, web, shapes) -> None:
    node, other = (plant("pipe_node", shapes.point(x, -9, 200.0), network="storm", kind="manhole") for x in (0, 30))
    house = plant("building", shapes.square(0, 0), name="一号楼")
    street = plant("road_edge", shapes.line((0, -5, 200.0), (90, -5, 200.0)), road_class="local")
    far = {"network": "storm", "reach_m": 30.0}
    rows = [
        far | {"node_id": node, "feature_id": house, "theme": "building", "distance_m": 9.0},
        far | {"node_id": other, "feature_id": house, "theme": "building", "distance_m": 13.5},
        far | {"node_id": node, "feature_id": street, "theme": "road_edge", "distance_m": 0.0},
    ]
    run_with(plant, "network.surcharge", {"flood_contact": rows}, "storm")
    layers = named(web)
    assert (layers["flooded-buildings"].count, layers["flooded-streets"].count) == (1, 1)
    ((told, _),) = drawn(web, shapes, "flooded-buildings")
    assert (told["feature_id"], told["flood_distance_m"], told["network"]) == (house, 9.0, "storm")
    results = {each["name"]: each["value"] for each in feature(web, LOCAL, street)["results"]}
    assert results == {"flood_distance_m": 0, "flood_manholes": 1}


RAIL = {"from_m": 0.0, "to_m": 10.0, "asks_zh": "须征得同意", "asks_en": "ask the operator"}


def test_zones_of_railways_are_drawn_about_what_they_are_of(plant, web, shapes) -> None:
    station = plant("facility", shapes.point(0, 0, 200.0), kind="metro_station", name="新街站")
    secret = plant("facility", shapes.point(90, 0, 200.0), kind="metro_station", classification=2)
    line = plant("city_object", shapes.line((0, 80), (90, 80)), object_type="Railway", name="一号线")
    ring = shapes.point(0, 0).buffer(50).difference(shapes.point(0, 0).buffer(10))
    about = RAIL | {"feature_id": station, "theme": "facility"}
    rows = [
        about | {"number": 1, "zone": "outer", "from_m": 10.0, "to_m": 50.0, "status": "verified", "geom": ring},
        about | {"number": 2, "zone": "inner", "status": "unverified", "geom": shapes.point(0, 0).buffer(10)},
        about
        | {
            "number": 3,
            "feature_id": secret,
            "zone": "x",
            "status": "unverified",
            "geom": shapes.point(90, 0).buffer(9),
        },
        RAIL
        | {
            "number": 4,
            "feature_id": line,
            "theme": "city_object",
            "zone": "line",
            "to_m": 50.0,
            "status": "unverified",
        }
        | {"geom": shapes.line((0, 80), (90, 80)).buffer(50)},
    ]
    run_with(plant, "network.rail", {"rail_zone": rows})
    layers = named(web)
    stations, lines = layers["rail-zones"], layers["rail-line-zones"]
    assert (stations.count, lines.count, stations.group, stations.visible) == (2, 1, "planning", False)
    assert "未经核对" in stations.note_zh
    assert "unverified" in lines.note_en
    assert stations.legend[0] == {"label_zh": "10 m 以内", "label_en": "Within 10 m", "color": "#8e44ad"}
    west, _, _, north = stations.bounds
    column, row = (west + 180) / 360, (1 - math.asinh(math.tan(math.radians(north))) / math.pi) / 2
    found = features_in(tile(web, LOCAL, "rail-zones", 14, int(column * 2**14), int(row * 2**14)), "rail-zones")
    told = [[one["properties"][name] for name in ("feature_id", "zone", "rail_reach_m", "status")] for one in found]
    assert told == [[station, "inner", 10, "unverified"], [station, "outer", 50, "verified"]]
    assert [len(one["geometry"]["coordinates"]) for one in found] == [1, 2], "the outer one is a ring about the inner"
    told = json.loads(page(web, LOCAL, "rail-line-zones"))["features"][0]
    assert (told["id"], told["geometry"]["type"], told["properties"]["asks_zh"]) == (line, "Polygon", "须征得同意")
    assert {len(place) for ring in told["geometry"]["coordinates"] for place in ring} == {2}


def test_a_station_says_what_its_zones_ask_and_whether_that_is_verified(plant, web, shapes) -> None:
    station = plant("facility", shapes.point(0, 0, 200.0), kind="metro_station", name="新街站")
    about = RAIL | {"feature_id": station, "theme": "facility", "geom": shapes.point(0, 0).buffer(10)}
    rows = [
        about | {"number": n, "zone": f"z{n}", "status": status} for n, status in ((1, "unverified"), (2, "verified"))
    ]
    run_with(plant, "network.rail", {"rail_zone": rows})
    results = feature(web, LOCAL, station)["results"]
    assert [(one["title_zh"], one["value_zh"], one["value_en"]) for one in results] == [
        ("轨道交通控制保护区", "须征得同意（未经核对）", "ask the operator (unverified)"),
        ("轨道交通控制保护区", "须征得同意", "ask the operator"),
    ]
    assert {one["analysis"] for one in results} == {"network.rail"}


def test_what_must_be_said_with_classes_is_said(plant, web, shapes) -> None:
    """A layer of one entry says it there; one of classes tells it beside them."""
    pipe = plant("pipe_segment", shapes.line((0, 0, 198.0), (50, 0, 197.0)), network="water")
    row = {"segment_id": pipe, "network": "water", "unmet_m3s": 0.1, "grade": 2}
    run_with(plant, "network.pipe_closure", {"pipe_closure": [row]}, "water")
    layers = named(web)
    assert layers["pipe-closure"].note_zh == "计算值：缺失数据按假定取值，未核对"
    assert layers["pipe-closure"].note_en.startswith("Computed")
    assert layers["pipe-segments"].note_zh is None
