"""Clearance of a city's own data: kept in its results, listed for a viewer, told on the command line."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import shapely

from cim.analytics.errors import NoNetworks
from cim.analytics.network.clearance.keeping import survey_clearance
from cim.analytics.network.clearance.listing import Wanted, listed_clearance
from cim.analytics.network.clearance.pieces import joined, pipe_lines, thing_lines
from cim.analytics.network.clearance.pipe_classes import pipe_classes
from cim.analytics.network.clearance.pipes import pipe_clearance
from cim.analytics.network.clearance.reading import read_underground
from cim.analytics.network.rules.tables import load_rules
from cim.city import CityProfile, create_city
from cim.store import Store
from cim.viewer import LOCAL, OPERATOR

X, Y = 505000.0, 3271000.0


def line(*xyz):
    return shapely.LineString([(X + x, Y + y, z) for x, y, z in xyz])


@pytest.fixture(scope="module")
def street(cluster, publish):
    """The street, for tests that change nothing in it."""
    grid = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    profile = CityProfile("clearance_street", "净距街（合成数据）", "Street", grid, "1985", -36.0, synthetic=True)
    create_city(cluster, profile)
    with Store.open(cluster, profile.slug) as store:
        yield lay_street(store, publish)
    cluster.drop_database(profile.database)


@pytest.fixture
def own_street(database, publish):
    """The street, for one test alone."""
    return lay_street(database, publish)


def lay_street(store, publish):
    """A street 8 m wide, its ground at 200 m, with pipes across and along it.

    ::

          y
          4  ─ ─ ─ ─ ─ ─ ─ ─ edge of the carriageway
          1  ═══════════════ 1 water DN200, crown 1.0 m deep
          0        ║         2 gas across, 0.05 m above the water pipe, crown 0.73 m deep: 0.9 is asked
         -1  ═══════════════ 3 sewer DN300, invert 3 m deep; 4 power of unknown depth across; 5 abandoned
    """
    nodes = {"network": "water", "ground_level_m": 200.0}
    places = {101: (0, 1, 198.89), 102: (40, 1, 198.89), 103: (20, -8, 199.2), 104: (20, 8, 199.2)}
    rows = pd.DataFrame(
        [nodes | {"geom": shapely.Point(X + x, Y + y, z)} for x, y, z in places.values()], index=[*places]
    )
    publish(store, "pipe_node", rows)
    common = {"survey_method": "open", "kind": "pipe", "burial": "direct", "material": "steel"}
    rows = [
        {
            "network": "water", "diameter_mm": 200.0, "outer_width_mm": 220.0, "outer_height_mm": 220.0,
            "start_node_id": 101, "end_node_id": 102, "start_depth_m": 1.0, "end_depth_m": 1.0,
            "depth_reference": "crown", "geom": line((0, 1, 198.89), (40, 1, 198.89)),
        },
        {
            "network": "gas", "diameter_mm": 110.0, "outer_width_mm": 110.0, "outer_height_mm": 110.0,
            "pressure_mpa": 0.2, "start_node_id": 103, "end_node_id": 104, "start_depth_m": 0.73, "end_depth_m": 0.73,
            "depth_reference": "crown", "geom": line((20, -8, 199.105), (20, 8, 199.105)),
        },
        {
            "network": "sewage", "diameter_mm": 300.0, "diameter_basis": "inner", "outer_width_mm": 360.0,
            "outer_height_mm": 360.0, "start_depth_m": 3.0, "end_depth_m": 3.0, "depth_reference": "invert",
            "geom": line((0, -1, 197.15), (40, -1, 197.15)),
        },
        {"network": "power", "kind": "cable", "geom": line((30, -8, 199), (30, 8, 199))},
        {"network": "water", "state": "abandoned", "geom": line((0, 1.2, 199), (40, 1.2, 199))},
    ]  # fmt: skip
    frame = pd.DataFrame(
        [common | {"diameter_basis": "nominal", "state": "in_use"} | row for row in rows], index=[1, 2, 3, 4, 5]
    )
    for name in ("start_node_id", "end_node_id"):
        frame[name] = frame[name].astype("Int64")
    publish(store, "pipe_segment", frame)
    road = {"road_class": "local", "width_m": 8.0, "geom": line((-10, 0, 200), (50, 0, 200))}
    publish(store, "road_edge", pd.DataFrame([road], index=[201]))
    publish(
        store,
        "building",
        pd.DataFrame([{"geom": shapely.MultiPolygon([shapely.box(X, Y - 6, X + 10, Y - 3)])}], index=[301]),
    )
    publish(store, "tree", pd.DataFrame([{"geom": shapely.Point(X + 35, Y + 1.8, 200)}], index=[401]))
    return store


def told(found):
    return {
        (row["rule"], row["feature_id"], row["other_id"]): (row["measured_m"], row["verdict"]) for row in found.findings
    }


def test_findings_are_kept_and_listed(street) -> None:
    run = survey_clearance(street, LOCAL, again=True)
    assert run.fresh
    found = listed_clearance(street, LOCAL, Wanted())
    assert found.run["run_id"] == run.run_id
    assert told(found)["vertical", 1, 2] == (0.05, "violation")
    assert told(found)["horizontal", 1, 401] == (0.69, "violation")
    assert told(found)["building", 3, 301] == (1.82, "violation")
    assert {row["status"] for row in found.findings} == {"unverified"}
    crossing = next(row for row in found.findings if row["rule"] == "vertical")
    assert (crossing["network"], crossing["other_network"], crossing["verdict_zh"]) == ("water", "gas", "违反")
    assert crossing["level_m"] == pytest.approx((198.89 + 199.105) / 2, abs=1e-3)


def test_what_cannot_be_judged_is_counted(street) -> None:
    survey_clearance(street, LOCAL)
    left_out = listed_clearance(street, LOCAL, Wanted()).left_out
    assert left_out["segment_not_in_use"]["count"] == 1
    assert left_out["clearance_depth_unknown"]["count"] == 2  # the cable crosses water and sewer
    assert left_out["clearance_width_unknown"]["count"] == 1
    assert left_out["clearance_kerbs_unknown"]["count"] == 1
    assert left_out["cover_unknown"]["count"] == 1
    assert "clearance_trees_unknown" not in left_out


def test_cover_is_that_of_the_surface(own_street, publish) -> None:
    """The gas pipe ends below footways, 8 m from the middle; shortened, it ends below the carriageway."""
    survey_clearance(own_street, LOCAL)
    assert not listed_clearance(own_street, LOCAL, Wanted(rules=["cover"])).findings
    row = {
        "network": "gas", "diameter_mm": 110.0, "outer_width_mm": 110.0, "outer_height_mm": 110.0, "pressure_mpa": 0.2,
        "burial": "direct", "survey_method": "open", "start_depth_m": 0.73, "end_depth_m": 0.73,
        "depth_reference": "crown", "geom": line((20, -3, 199.105), (20, 3, 199.105)),
    }  # fmt: skip
    publish(own_street, "pipe_segment", pd.DataFrame([row], index=[2]))
    survey_clearance(own_street, LOCAL)
    (found,) = listed_clearance(own_street, LOCAL, Wanted(rules=["cover"])).findings
    assert (found["feature_id"], found["other_kind"], found["required_m"]) == (2, "carriageway", 0.9)
    assert (found["measured_m"], found["verdict"]) == (0.73, "violation")


def test_cover_of_a_sewer_counts_its_wall(street) -> None:
    """Invert 3 m deep, inner 0.30 m, wall 0.03 m: cover 3 - 0.33 = 2.67 m; nothing short, and counted."""
    survey_clearance(street, LOCAL)
    tally = {(row["rule"], row["verdict"]): row["pairs"] for row in listed_clearance(street, LOCAL, Wanted()).tally}
    assert tally["cover", "compliant"] == 3


def test_filters_and_pages(street) -> None:
    survey_clearance(street, LOCAL)
    every = listed_clearance(street, LOCAL, Wanted()).findings
    assert [row["number"] for row in every] == list(range(1, len(every) + 1))
    first = listed_clearance(street, LOCAL, Wanted(limit=1)).findings
    rest = listed_clearance(street, LOCAL, Wanted(after=1)).findings
    assert first + rest == every
    gas = listed_clearance(street, LOCAL, Wanted(group="gas")).findings
    assert gas == [row for row in every if "gas" in row["class_a"] + row["class_b"]]
    assert listed_clearance(street, LOCAL, Wanted(feature=301)).findings == [
        row for row in every if row["other_id"] == 301
    ]
    short = listed_clearance(street, LOCAL, Wanted(too_near=True)).findings
    assert short == [row for row in every if row["too_near"]]


def test_the_same_question_is_not_asked_twice(street, tmp_path) -> None:
    run = survey_clearance(street, LOCAL)
    assert not survey_clearance(street, LOCAL).fresh
    assert survey_clearance(street, LOCAL, again=True).run_id != run.run_id
    own = "category,footway_m,carriageway_m,clause,confidence,status\ngas,0.8,0.9,local,V,verified\n"
    (tmp_path / "clearance_cover.csv").write_text(own, encoding="utf-8")
    strict = survey_clearance(street, LOCAL, load_rules(tmp_path))
    assert strict.fresh
    found = listed_clearance(street, LOCAL, Wanted(rules=["cover"]))
    assert found.run["parameters"]["replaced"] == ["clearance_cover"]
    assert [(row["feature_id"], row["required_m"], row["status"]) for row in found.findings] == [(2, 0.8, "verified")]


def test_restricted_pipes_are_judged_for_those_who_may_see_them(own_street, publish) -> None:
    secret = pd.DataFrame(
        [{"network": "gas", "classification": 2, "geom": line((0, 1.3, 199), (40, 1.3, 199))}], index=[6]
    )
    publish(own_street, "pipe_segment", secret)
    survey_clearance(own_street, OPERATOR)
    assert any(
        6 in (row["feature_id"], row["other_id"]) for row in listed_clearance(own_street, OPERATOR, Wanted()).findings
    )
    assert listed_clearance(own_street, LOCAL, Wanted()).run is None
    survey_clearance(own_street, LOCAL)
    seen = listed_clearance(own_street, LOCAL, Wanted()).findings
    assert seen
    assert not any(6 in (row["feature_id"], row["other_id"]) for row in seen)


def test_a_city_without_pipes(database) -> None:
    with pytest.raises(NoNetworks):
        survey_clearance(database, LOCAL)
    assert listed_clearance(database, LOCAL, Wanted()).run is None


def test_a_city_whose_pipes_are_all_abandoned(database, publish) -> None:
    pipe = {"network": "gas", "state": "abandoned", "geom": line((0, 0, 9), (9, 0, 9))}
    publish(database, "pipe_segment", pd.DataFrame([pipe], index=[1]))
    survey_clearance(database, LOCAL)
    found = listed_clearance(database, LOCAL, Wanted())
    assert (found.findings, found.tally) == ([], [])
    assert found.left_out["segment_not_in_use"]["count"] == 1


def test_pipes_of_no_length_and_of_two_places(database, publish) -> None:
    """A pipe without length, and two that lie in one line: nothing fails, the first is counted."""
    rows = [
        {"network": "water", "diameter_mm": 100.0, "geom": line((0, 0, 9), (0, 0, 9))},
        {"network": "gas", "geom": line((0.2, -5, 9), (0.2, 5, 9))},
    ]
    publish(database, "pipe_segment", pd.DataFrame(rows, index=[1, 2]))
    survey_clearance(database, LOCAL)
    found = listed_clearance(database, LOCAL, Wanted())
    assert found.left_out["clearance_zero_length"]["count"] == 1
    assert told(found)["horizontal", 1, 2] == (0.15, "violation")


def test_command_prints_and_tells_machines(street, run) -> None:
    slug = street.city.slug
    shown = run("network", "clearance", "--city", slug)
    assert shown.exit_code == 0, shown.output
    for words in ("unverified", "违反 violation", "table 4.1.14", "clearance: 1 × abandoned"):
        assert words in shown.output
    answer = json.loads(run("network", "clearance", "--city", slug, "--json", "--rule", "vertical").output)
    assert [row["measured_m"] for row in answer["findings"]] == [0.05]
    assert "unchanged" in run("network", "clearance", "--city", slug).output


def test_command_judges_a_place_or_a_network_at_once(street, run, tmp_path) -> None:
    """About x = 20 water and gas cross; the same finding as of the whole city, and no run."""
    slug, place = street.city.slug, tmp_path / "place.geojson"
    place.write_text(json.dumps(shapely.geometry.mapping(shapely.box(X + 18, Y - 2, X + 22, Y + 3))))
    asked = ("network", "clearance", "--city", slug, "--within", place, "--city-crs")
    kept = json.loads(run("network", "clearance", "--city", slug, "--json", "--rule", "vertical").output)
    answer = json.loads(run(*asked, "--json").output)
    assert answer["run"] is None
    (crossing,) = [row for row in answer["findings"] if row["rule"] == "vertical"]
    names = ("feature_id", "other_id", "measured_m", "required_m", "verdict")
    assert [crossing[name] for name in names] == [kept["findings"][0][name] for name in names]
    assert "Computed at once, nothing is kept." in run(*asked).output
    of_gas = json.loads(run("network", "clearance", "--city", slug, "--network", "gas", "--json").output)
    assert of_gas["findings"]
    assert all("gas" in (row["network"], row["other_network"]) for row in of_gas["findings"])
    for wrong, why in ((("--again",), "ask of what is kept"), (("--rule", "vertical"), "ask of what is kept")):
        assert why in run(*asked, *wrong).output
    assert "give one with --within" in run("network", "clearance", "--city", slug, "--city-crs").output


def test_planted_crossing_of_the_sample_is_found_and_none_invented(sample_store, sample_dir) -> None:
    """Between networks the planted branch alone is too near where pipes cross; the rest of a network is its own."""
    faults = {fault["code"]: fault["record"] for fault in json.loads((sample_dir / "planted_faults.json").read_text())}
    listed = listed_clearance(sample_store, LOCAL, Wanted(rules=["vertical"], too_near=True)).findings
    between = [row for row in listed if row["network"] != row["other_network"]]
    (found,) = between
    assert faults["pipe.clearance_vertical"] in (found["key"], found["other_key"])
    assert found["measured_m"] == pytest.approx(0.04, abs=0.03)
    assert found["required_m"] == 0.15


def test_of_the_sample_a_plain_loop_says_the_same(sample_store, plain) -> None:
    """All that is told of its pipes, kerbs and trees, what lies beside each other and what crosses, is really there."""
    found, rules = read_underground(sample_store, LOCAL), load_rules()
    pipes = pipe_lines(found.pipes, pipe_classes(found.pipes), rules)
    lines = joined(pipes, thing_lines(found.things))
    ours = plain.in_one_form(pipe_clearance(lines, rules))
    assert len(ours) > 500
    assert plain.differences(ours, plain.PlainLoop(lines, rules).findings()) == []
