"""Storms on drains: hand-worked intensities, SWMM's own reports as the oracle, a street drawn by hand."""

from __future__ import annotations

import dataclasses
import math
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from cim.analytics.errors import BadAssumption, BadQuestion, NoModel, NotPhysical
from cim.analytics.network.hydraulics import swmm_run
from cim.analytics.network.hydraulics.assumptions import load_assumptions
from cim.analytics.network.hydraulics.drain_reading import read_catchments, read_drain_model
from cim.analytics.network.hydraulics.drainage import DrainQuestion, reach_m, storm_hydraulics
from cim.analytics.network.hydraulics.listing import flooded_places, hydraulics_of, listed_hydraulics
from cim.analytics.network.hydraulics.solving import Solve, solved
from cim.analytics.network.hydraulics.storms import design_storm, load_storms
from cim.analytics.network.hydraulics.swmm_run import SwmmRun, check_continuity, run_swmm
from cim.analytics.network.reading import network_graph
from cim.analytics.network.sections.profile import profile
from cim.analytics.network.sections.profile_sheet import profile_sheet
from cim.city import CityProfile, create_city
from cim.etl.load import LoadOptions, load_city
from cim.manifest import read_manifest
from cim.sheets import written
from cim.store import Store
from cim.viewer import LOCAL, Viewer
from cim.web.api.hydraulics import FloodAnswer

ASSUMED = load_assumptions()
STORMS = load_storms()


# -- storms ------------------------------------------------------------------------------------------------------------


def test_intensity_is_that_of_the_formula() -> None:
    storm = design_storm(STORMS, "shapingba", 2, 60)
    assert storm.mean_l_s_ha(60) == pytest.approx(1132 * (1 + 0.958 * math.log10(2)) / (60 + 5.408) ** 0.595)
    # 1 L/s on a hectare is 0.36 mm/h.
    assert storm.depth_mm(60) == pytest.approx(storm.mean_l_s_ha(60) * 0.36)


@pytest.mark.parametrize("district", sorted(STORMS.districts))
@pytest.mark.parametrize("minutes", [30, 120, 180])
def test_the_chicago_pattern_keeps_every_depth(district, minutes) -> None:
    storm = design_storm(STORMS, district, 5, minutes)
    rain = storm.rain_mm_h() * storm.step_minutes / 60
    assert rain.sum() == pytest.approx(storm.depth_mm(minutes), rel=1e-9)
    assert rain.argmax() in (int(0.4 * minutes / 5), int(0.4 * minutes / 5) - 1)
    # The heaviest stretch of any length holds what the formula says, as far as steps can tell.
    for steps in range(1, len(rain)):
        heaviest = max(rain[first : first + steps].sum() for first in range(len(rain) - steps + 1))
        assert 0.85 * storm.depth_mm(5 * steps) <= heaviest <= storm.depth_mm(5 * steps) * (1 + 1e-9)


def test_a_city_adds_its_own_district(tmp_path) -> None:
    (tmp_path / "storms.yaml").write_text("districts: {hill: {a: 1000, c: 0.9, b: 8, n: 0.6}}\nusual_district: hill\n")
    storms = load_storms(tmp_path)
    assert set(storms.districts) == {*STORMS.districts, "hill"}
    assert design_storm(storms, None, 1, 10).mean_l_s_ha(10) == pytest.approx(1000 / 18**0.6)
    (tmp_path / "storms.yaml").write_text("districts: {hill: {a: much}}\n")
    with pytest.raises(BadAssumption, match=r"districts.hill: give a, c, b, n as numbers"):
        load_storms(tmp_path)
    with pytest.raises(BadQuestion, match="no storm formula of district 'moon'"):
        design_storm(STORMS, "moon", 1, 10)


# -- SWMM's own reports ------------------------------------------------------------------------------------------------


def reported(path: Path, title: str) -> dict[str, list[str]]:
    """Rows of a table of SWMM's report, by the name that they begin with."""
    text = path.read_text()
    body = re.split(r"\n  \*{5,}", text.split(f"\n  {title}\n")[1])[0]
    rows = [line.split() for line in body.splitlines() if re.match(r"  \S+\s+[A-Z]*\s*[\d.-]+", line)]
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("name", ["model_full_features_network_xy", "test_inlet_drains"])
def test_what_is_read_of_a_run_is_what_swmm_reports(real_data, tmp_path, name) -> None:
    found = run_swmm(real_data / "pipelines" / f"{name}.inp", tmp_path, limit_percent=5)
    report = tmp_path / "model.rpt"
    depths = reported(report, "Node Depth Summary")
    assert set(depths) == set(found.nodes.index)
    for node, (_, _, highest, head, *_) in depths.items():
        assert found.nodes["depth"][node] == pytest.approx(float(highest), abs=0.006)
        assert found.nodes["head"][node] == pytest.approx(float(head), abs=0.006)
    floods = reported(report, "Node Flooding Summary")
    assert floods
    for node, (hours, peak, *_, volume, _) in floods.items():
        assert found.nodes["flood_hours"][node] == pytest.approx(float(hours), abs=0.006)
        assert found.nodes["flood_peak"][node] == pytest.approx(float(peak), abs=0.006)
        # In the report thousands of gallons or millions of them; in ours cubic feet.
        assert found.nodes["flood_volume"][node] == pytest.approx(float(volume) * 1e6 / 7.4805, abs=70)
    flows = {row: rest for row, rest in reported(report, "Link Flow Summary").items() if rest[0] == "CONDUIT"}
    for link, (_, flow, *_) in flows.items():
        assert found.links["flow"][link] == pytest.approx(float(flow), abs=0.006)
    errors = [float(each) for each in re.findall(r"Continuity Error \(%\) \.+\s+(\S+)", report.read_text())[:2]]
    assert [found.runoff_error, found.routing_error] == pytest.approx(errors, abs=0.0006)


def test_a_run_that_loses_water_is_refused(real_data, tmp_path) -> None:
    with pytest.raises(NotPhysical, match=r"continuity error of routing is -2\.7 %, above 1 %"):
        run_swmm(real_data / "pipelines" / "test_inlet_drains.inp", tmp_path, limit_percent=1)
    lost = SwmmRun(pd.DataFrame({"depth": [np.nan], "flood_volume": [0.0]}), pd.DataFrame(), 0.0, 0.0)
    with pytest.raises(NotPhysical, match="no numbers"):
        check_continuity(lost, 5)


def test_swmm_says_why_it_refuses_a_file(tmp_path) -> None:
    (tmp_path / "bad.inp").write_text("[JUNCTIONS]\nA 0 1\n[CONDUITS]\nL A B 10 0.01 0 0\n")
    with pytest.raises(NotPhysical, match=r"SWMM does not run the model.*ERROR"):
        run_swmm(tmp_path / "bad.inp", tmp_path, 5)


def test_a_fault_of_ours_is_not_told_as_swmms(real_data, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(swmm_run, "_node", lambda node: node.statistics["no such figure"])
    with pytest.raises(KeyError, match="no such figure"):
        run_swmm(real_data / "pipelines" / "test_inlet_drains.inp", tmp_path, 5)
    monkeypatch.undo()
    assert len(run_swmm(real_data / "pipelines" / "test_inlet_drains.inp", tmp_path, 5).nodes)


# -- a street drawn by hand --------------------------------------------------------------------------------------------

SEWERS = {11: (1, 2), 12: (2, 3), 13: (3, 4)}


@pytest.fixture(scope="module")
def street_city(cluster):
    """A city for the streets of this module: each test publishes its own, which closes the one before."""
    grid = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    profile = CityProfile("test_hy_street", "测试城", "Test city", grid, "1985", -36.0, synthetic=True)
    create_city(cluster, profile)
    with Store.open(cluster, profile.slug) as store:
        yield store
    cluster.drop_database(profile.database)


def publish_street(store: Store, publish, *, mm=(400.0, 400.0, 300.0), sink=True, network="storm") -> None:
    """Three manholes 50 m apart on a street that falls by 1 in 100, an outfall, a house beside the last manhole.

    ::

        1 ─11─ 2 ─12─ 3 ─13─ 4 outfall      ground 2 m above the inverts
                      ▪ house 41, 4 m south of 3
    """
    x = {1: 0, 2: 50, 3: 100, 4: 150}
    invert = {node: 200 - 0.01 * at for node, at in x.items()}
    nodes = {
        "network": network,
        "kind": ["manhole", "manhole", "manhole", "outfall"],
        "is_sink": [False, False, False, sink],
        "ground_level_m": [level + 2 for level in invert.values()],
        "geom": [shapely.Point(at, 0, invert[node] + 0.2) for node, at in x.items()],
    }
    publish(store, "pipe_node", pd.DataFrame(nodes, index=list(x)))
    sewers = {
        "network": network,
        "start_node_id": [start for start, _ in SEWERS.values()],
        "end_node_id": [end for _, end in SEWERS.values()],
        "diameter_mm": list(mm),
        "diameter_basis": "inner",
        "material": "concrete",
        "depth_reference": "invert",
        "start_level_m": [invert[start] for start, _ in SEWERS.values()],
        "end_level_m": [invert[end] for _, end in SEWERS.values()],
        "flow_direction": 0,
        "geom": [shapely.LineString([(x[a], 0, 200), (x[b], 0, 199)]) for a, b in SEWERS.values()],
    }
    publish(store, "pipe_segment", pd.DataFrame(sewers, index=list(SEWERS)))
    house = shapely.MultiPolygon([shapely.box(95, -14, 105, -4)])
    publish(store, "building", pd.DataFrame({"geom": [house]}, index=[41]))
    street = {"road_class": "local", "width_m": 6.0, "geom": [shapely.LineString([(-20, 3, 202), (170, 3, 200)])]}
    publish(store, "road_edge", pd.DataFrame(street, index=[51]))


def rows_of_run(store: Store, table: str, run: int) -> pd.DataFrame:
    return store.frame(LOCAL, f"SELECT * FROM result.{table} WHERE run_id = %(run)s ORDER BY 2, 3", {"run": run})


def test_a_storm_floods_the_house_at_the_narrow_pipe(street_city, publish, tmp_path) -> None:
    publish_street(street_city, publish, mm=(400.0, 400.0, 150.0))
    run = storm_hydraulics(street_city, LOCAL, tmp_path, ASSUMED, STORMS, DrainQuestion(return_years=10))
    manholes = rows_of_run(street_city, "node_surcharge", run.run_id).set_index("node_id")
    assert manholes["state"].to_dict()[3] == "flooded"
    assert manholes["flood_m3"][3] > 10
    assert manholes["freeboard_m"][3] == pytest.approx(0, abs=0.01)
    contacts = rows_of_run(street_city, "flood_contact", run.run_id)
    near = contacts[contacts["node_id"] == 3].set_index("theme")
    assert near["distance_m"].to_dict() == pytest.approx({"building": 4.0, "road_edge": 0.0})
    assert near["reach_m"].unique() == pytest.approx(reach_m(manholes["flood_m3"][[3]], ASSUMED.drainage), abs=0.002)
    flows = rows_of_run(street_city, "segment_flow", run.run_id).set_index("segment_id")
    # Full-bore, a DN150 at 1 in 100 and what two metres of water above it push: no more than that.
    assert 0.01 < flows["flow_m3s"][13] < 0.06
    assert flows["filling"][13] == pytest.approx(1, abs=0.01)
    (told,) = listed_hydraulics(street_city, LOCAL, network="storm", required_m=14)
    at_once = solved(street_city, LOCAL, tmp_path, Solve(storm=DrainQuestion(return_years=10)))
    assert at_once.figures == pytest.approx(told.figures)
    assert (list(at_once.worst), at_once.left_out) == (list(told.worst), told.left_out)
    assert at_once.run["parameters"] == told.run["parameters"]
    flooded = int(manholes["state"].eq("flooded").sum())
    assert [told.figures[name] for name in ("flooded", "buildings", "streets")] == [flooded, 1, 1]
    assert told.run["parameters"]["storm"]["district"]["name"] == "shapingba"
    assert {"drainage_catchments_assumed", "drainage_roughness_assumed", "drainage_contacts_near"} == set(told.left_out)
    assert hydraulics_of(street_city, LOCAL, 3)[0]["found"]["state"] == "flooded"
    assert not storm_hydraulics(street_city, LOCAL, tmp_path, ASSUMED, STORMS, DrainQuestion(return_years=10)).fresh
    along = profile(street_city, LOCAL, [1, 4], tmp_path)
    assert [station["head_m"] for station in along.stations] == pytest.approx(manholes["head_m"].tolist(), abs=0.001)
    assert along.hydraulics["run_id"] == run.run_id
    drawn = written(profile_sheet(along, street_city.city), "svg").decode()
    assert "水力坡线" in drawn
    assert f"排水管网水力计算第 {run.run_id} 号" in drawn
    # A main's heads are far above everything: told, not drawn.
    high = [station | {"head_m": 260.0} for station in along.stations]
    main = written(profile_sheet(dataclasses.replace(along, stations=high), street_city.city), "svg").decode()
    assert "水力坡线" not in main
    assert "260.000" in main
    places = flooded_places(street_city, LOCAL, network="storm")
    assert FloodAnswer().validate({"places": places}) == {}
    assert {place["feature_id"] for place in places} == {41, 51}
    assert all(3 in place["nodes"] for place in places)
    assert [place["feature_id"] for place in flooded_places(street_city, LOCAL, theme="building")] == [41]
    # Who may see less is not told what was made from more.
    assert listed_hydraulics(street_city, Viewer("guest", frozenset(), 0), network="storm", required_m=14) == []
    # Other steps of the rain are another question.
    coarse = dataclasses.replace(STORMS, step_minutes=10)
    assert storm_hydraulics(street_city, LOCAL, tmp_path, ASSUMED, coarse, DrainQuestion(return_years=10)).fresh


def test_water_that_falls_flows_out_or_floods(street_city, publish, tmp_path) -> None:
    """Wide pipes carry all of it; the ground that drains to them is that within reach."""
    publish_street(street_city, publish, mm=(1000.0, 1000.0, 1000.0))
    run = storm_hydraulics(street_city, LOCAL, tmp_path, ASSUMED, STORMS, DrainQuestion(return_years=1))
    manholes = rows_of_run(street_city, "node_surcharge", run.run_id)
    assert set(manholes["state"]) == {"free"}
    assert manholes["flood_m3"].sum() == 0
    model = read_drain_model(street_city, LOCAL, network_graph(street_city, LOCAL, "storm", tmp_path), ASSUMED.drainage)
    catchments, _ = read_catchments(street_city, LOCAL, model, ASSUMED.drainage)
    # Three discs of 60 m that overlap along the street: told by cells of 10 m.
    area = shapely.union_all([shapely.Point(x, 0).buffer(60) for x in (0, 50, 100)]).area
    assert catchments["area_m2"].sum() == pytest.approx(area, rel=0.03)
    assert catchments["impervious"].between(0.5, 1).all()


def test_the_river_stands_in_the_outfall(street_city, publish, tmp_path) -> None:
    publish_street(street_city, publish)
    question = DrainQuestion(return_years=1, stage_m=201.0)
    run = storm_hydraulics(street_city, LOCAL, tmp_path, ASSUMED, STORMS, question)
    manholes = rows_of_run(street_city, "node_surcharge", run.run_id).set_index("node_id")
    assert manholes["head_m"][4] == pytest.approx(201.0, abs=0.01)
    assert manholes["state"][3] != "free"


def test_an_outfall_of_two_pipes_one_of_them_surveyed_backwards(street_city, publish, tmp_path) -> None:
    """SWMM wants one pipe at an outfall, and that it ends there."""
    publish_street(street_city, publish)
    turned = {
        "network": "storm", "start_node_id": 4, "end_node_id": 2, "diameter_mm": 400.0, "diameter_basis": "inner",
        "depth_reference": "invert", "start_level_m": 198.5, "end_level_m": 199.5, "flow_direction": 1,
        "geom": [shapely.LineString([(150, 0, 199), (50, 0, 200)])],
    }  # fmt: skip
    publish(street_city, "pipe_segment", pd.DataFrame(turned, index=[12]))
    run = storm_hydraulics(street_city, LOCAL, tmp_path, ASSUMED, STORMS, DrainQuestion(return_years=1))
    flows = rows_of_run(street_city, "segment_flow", run.run_id).set_index("segment_id")["flow_m3s"]
    assert flows[12] > flows[11] > 0.01
    assert flows[13] > 0.01
    (told,) = listed_hydraulics(street_city, LOCAL, runs=[run.run_id], required_m=14)
    assert told.left_out["drainage_outfall_joined"]["count"] == 1
    assert told.figures["flood_m3"] == 0


def test_sewage_of_the_people_connected(street_city, publish, tmp_path) -> None:
    publish_street(street_city, publish, network="sewage")
    people = {"network": "sewage", "node_id": [1, 2], "customers": [100, 100], "residents": [4000.0, None]}
    publish(street_city, "service_connection", pd.DataFrame(people, index=[61, 62]))
    run = storm_hydraulics(street_city, LOCAL, tmp_path, ASSUMED, STORMS, DrainQuestion("sewage"))
    flows = rows_of_run(street_city, "segment_flow", run.run_id).set_index("segment_id")
    day = ASSUMED.water.litres_a_day / 1000 / 86400 * ASSUMED.drainage.return_share
    assert flows["flow_m3s"][11] == pytest.approx(4000 * day, rel=0.08)
    assert flows["flow_m3s"][13] == pytest.approx((4000 + 250) * day, rel=0.08)


def test_bad_input_is_told_and_the_rest_answered(street_city, publish, tmp_path) -> None:
    publish_street(street_city, publish, mm=(0.0, 400.0, 300.0))
    run = storm_hydraulics(street_city, LOCAL, tmp_path, ASSUMED, STORMS)
    assert set(rows_of_run(street_city, "node_surcharge", run.run_id)["node_id"]) == {2, 3, 4}
    flows = rows_of_run(street_city, "segment_flow", run.run_id).set_index("segment_id")
    assert flows["reason"][11] == "not_modelled"
    assert np.isnan(flows["flow_m3s"].astype(float)[11])
    (told,) = listed_hydraulics(street_city, LOCAL, runs=[run.run_id], required_m=14)
    assert told.left_out["drainage_size_unknown"]["count"] == 1
    assert told.left_out["drainage_without_outfall"]["count"] == 1
    publish_street(street_city, publish, sink=False)
    with pytest.raises(NoModel, match="has no outfall: mark outfalls"):
        storm_hydraulics(street_city, LOCAL, tmp_path, ASSUMED, STORMS)
    with pytest.raises(BadQuestion, match="drains nothing"):
        storm_hydraulics(street_city, LOCAL, tmp_path, ASSUMED, STORMS, DrainQuestion("water"))


# -- a model that was loaded -------------------------------------------------------------------------------------------

MODEL = """
[city]
slug = "test_hy_swmm"
name_zh = "排水模型"
name_en = "Drainage model"
crs = "EPSG:26918"
vertical_datum = "NAVD88"
ellipsoid_offset_m = -33.0
[[source]]
name = "storm"
kind = "swmm"
path = '{path}'
crs = "+proj=tmerc +lat_0=40 +lon_0=-75 +x_0=0 +y_0=0 +datum=NAD83 +units=us-ft"
[source.options]
network = "storm"
"""


def test_a_model_that_was_loaded_keeps_its_own_subcatchments(cluster, tmp_path, real_data) -> None:
    """SWMM's example of a dual drainage: levels, lengths and catchments are the file's, in metres."""
    original = shutil.copy(real_data / "pipelines" / "test_inlet_drains.inp", tmp_path / "drains.inp")
    (tmp_path / "city.toml").write_text(MODEL.format(path=original), encoding="utf-8")
    manifest = read_manifest(tmp_path / "city.toml")
    list(load_city(cluster, manifest, tmp_path / "data", LoadOptions()))
    with Store.open(cluster, "test_hy_swmm") as store:
        model = read_drain_model(store, LOCAL, network_graph(store, LOCAL, "storm", tmp_path), ASSUMED.drainage)
        catchments, counts = read_catchments(store, LOCAL, model, ASSUMED.drainage)
        keys = {
            row["feature_id"]: row["source_key"]
            for row in store.rows(LOCAL, "SELECT feature_id, source_key FROM city.feature WHERE theme <> 'city_object'")
        }
        run = storm_hydraulics(store, LOCAL, tmp_path, ASSUMED, STORMS, DrainQuestion(return_years=2))
        assert len(rows_of_run(store, "node_surcharge", run.run_id)) == len(model.nodes)
    cluster.drop_database(manifest.profile.database)
    lines = Path(original).read_text().split("[CONDUITS]")[1].split("\n[")[0].splitlines()
    conduits = {words[0]: words for line in lines if (words := line.split(";")[0].split())}
    links = model.links.rename(index=keys)
    # Streets have sections of their own, which the loader keeps as words: told, and left out.
    assert {name for name in conduits if name not in links.index} == {f"Street{number}" for number in range(1, 6)}
    for name, words in conduits.items():
        if name not in links.index:
            continue
        assert links["length_m"][name] == pytest.approx(float(words[3]) * 0.3048, rel=1e-6)
        assert links["n"][name] == pytest.approx(float(words[4]))
    lines = Path(original).read_text().split("[SUBCATCHMENTS]")[1].split("\n[")[0].splitlines()
    areas = [(words[2], float(words[3]) * 4046.856) for line in lines if (words := line.split(";")[0].split())]
    modelled = [area for outlet, area in areas if outlet in set(model.nodes.rename(index=keys).index)]
    assert catchments["area_m2"].to_list() == pytest.approx(modelled, rel=1e-5)
    assert counts == {"drainage_catchment_without_outlet": len(areas) - len(modelled)}
