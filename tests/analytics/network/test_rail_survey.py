"""The zones of all railways of a city, kept: what is about which station or line, by whose rules, and for whom."""

from __future__ import annotations

import datetime as dt
import json
import math

import pandas as pd
import pytest
import shapely

from cim.analytics import survey_rail
from cim.analytics.network.digs.area import Dig
from cim.analytics.network.digs.excavation import excavation
from cim.analytics.network.rules.tables import load_rules
from cim.viewer import LOCAL, OPERATOR

X, Y = 505_000.0, 3_271_000.0
DAY = dt.date(2026, 6, 1)
OWN = "theme,kinds,zone,from_m,to_m,asks_zh,asks_en,status\nfacility,metro_station,own,0,60,征询,ask,verified\n"


@pytest.fixture
def town(database, publish):
    """An entrance of the metro, a tram stop, a shop, an axis of a railway, and an entrance that is restricted."""
    stops = {
        "kind": ["metro_station", "tram_stop", "shop", "metro_station"], "name": ["新街站", "老街", "小店", "密站"],
        "classification": [0, 0, 0, 2],
        "geom": [shapely.Point(X + east, Y, 200) for east in (0, 500, 700, 900)],
    }  # fmt: skip
    publish(database, "facility", pd.DataFrame(stops, index=[301, 302, 303, 304]))
    axis = {
        "object_type": "Railway",
        "name": "一号线",
        "geom": [shapely.LineString([(X, Y + 300), (X + 200, Y + 300)])],
    }
    publish(database, "city_object", pd.DataFrame(axis, index=[305]))
    return database


def kept(store, viewer=LOCAL):
    query = "SELECT *, ST_AsBinary(geom) AS shape FROM result.rail_zone_latest ORDER BY feature_id, from_m"
    return store.rows(viewer, query)


def test_every_station_and_line_has_the_zones_of_its_kind(town) -> None:
    run = survey_rail(town, LOCAL)
    rows = kept(town)
    assert [(row["feature_id"], row["theme"], row["zone"], row["from_m"], row["to_m"]) for row in rows] == [
        (301, "facility", "rail_entrance", 0, 10),
        (301, "facility", "rail_underground", 10, 50),
        (302, "facility", "rail_surface", 0, 30),
        (305, "city_object", "rail_line", 0, 50),
    ]
    assert {(row["run_id"], row["confidence"], row["status"]) for row in rows} == {(run.run_id, "R", "unverified")}
    assert "轨道交通运营单位" in rows[0]["asks_zh"]
    areas = [shapely.from_wkb(row["shape"]).area for row in rows]
    circle = math.pi * 100
    assert areas == pytest.approx([circle, 24 * circle, 9 * circle, 25 * circle + 200 * 100], rel=0.002)
    hole = shapely.from_wkb(rows[1]["shape"]).interiors[0]
    assert shapely.Polygon(hole).contains(shapely.Point(X, Y)), "a ring about the other zone, not over it"


def test_what_is_kept_is_what_a_dig_comes_into(town) -> None:
    """The map and the answer to a dig are of one mind at places in and out of every zone."""
    survey_rail(town, LOCAL)
    zones = [(row["feature_id"], row["zone"], shapely.from_wkb(row["shape"])) for row in kept(town)]
    for east, north in ((3, 0), (30, 0), (60, 0), (470.5, 0), (469.5, 0), (100, 251), (100, 249)):
        place = shapely.Point(X + east, Y + north)
        found = excavation(town, LOCAL, Dig(place.buffer(0.4), 2.0, DAY))
        told = {(one["feature_id"], zone["zone"]) for one in found.rail for zone in one["zones"]}
        assert told == {(feature, zone) for feature, zone, area in zones if area.contains(place)}, (east, north)


def test_it_is_computed_again_where_data_or_rules_are_others(town, publish, tmp_path) -> None:
    first = survey_rail(town, LOCAL)
    assert survey_rail(town, LOCAL).run_id == first.run_id
    (tmp_path / "rail_zones.csv").write_text(OWN, encoding="utf-8")
    own = load_rules(tmp_path)
    assert survey_rail(town, LOCAL, own).fresh
    (row,) = kept(town)
    told = [row[name] for name in ("feature_id", "zone", "to_m", "asks_en", "confidence", "status")]
    assert told == [301, "own", 60, "ask", None, "verified"]
    gone = pd.DataFrame({"kind": "shop", "geom": [shapely.Point(X, Y, 200)]}, index=[301])
    publish(town, "facility", gone)
    assert survey_rail(town, LOCAL, own).fresh
    assert kept(town) == [], "a city without railways has no zones, and says so by a finished run"


def test_who_may_see_a_station_alone_has_its_zone(town) -> None:
    survey_rail(town, OPERATOR)
    assert {row["feature_id"] for row in kept(town, OPERATOR)} == {301, 302, 304, 305}
    survey_rail(town, LOCAL)
    assert {row["feature_id"] for row in kept(town, LOCAL)} == {301, 302, 305}


def test_the_command_lists_them(town, run) -> None:
    asked = ("network", "rail", "--city", town.city.slug)
    told = json.loads(run(*asked, "--json").output)
    assert [(zone["name"], zone["zone"], zone["status"], zone["confidence"]) for zone in told["zones"]] == [
        ("新街站", "rail_entrance", "unverified", "R"),
        ("新街站", "rail_underground", "unverified", "R"),
        ("老街", "rail_surface", "unverified", "R"),
        ("一号线", "rail_line", "unverified", "R"),
    ]
    said = run(*asked, "--top", "1").output
    assert "4 zones about 2 stations and 1 line." in said
    assert "unchanged" in said
    assert said.count("unverified") == 1


def test_one_is_told_as_one_and_none_as_none(town, publish, run) -> None:
    asked = ("network", "rail", "--city", town.city.slug)
    gone = {"kind": "shop", "geom": shapely.Point(X, Y, 200)}
    publish(town, "facility", pd.DataFrame(gone, index=[301]))
    assert "2 zones about 1 station and 1 line." in run(*asked).output
    other = {"object_type": "Road", "name": "路", "geom": shapely.LineString([(X, Y + 300), (X + 200, Y + 300)])}
    publish(town, "city_object", pd.DataFrame(other, index=[305]))
    assert "1 zone about 1 station." in run(*asked).output
    publish(town, "facility", pd.DataFrame(gone, index=[302]))
    assert "0 zones about stations and lines." in run(*asked).output
