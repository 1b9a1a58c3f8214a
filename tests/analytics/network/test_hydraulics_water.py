"""Pressures and flows from the database against EPANET's own run of the file that was loaded; hand-worked cases."""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from cim.analytics.errors import BadAssumption, NoModel, NotPhysical
from cim.analytics.network.hydraulics.assumptions import load_assumptions
from cim.analytics.network.hydraulics.closures import closures
from cim.analytics.network.hydraulics.fire_flow import fire_flow
from cim.analytics.network.hydraulics.open_model import OpenModel, Solved, Unsolved, open_model
from cim.analytics.network.hydraulics.pressures import check_balance, pressures
from cim.analytics.network.hydraulics.water_model import WaterModel
from cim.analytics.network.hydraulics.water_reading import read_water_model
from cim.analytics.network.reading import network_graph
from cim.analytics.network.traces.trace import TraceQuestion, trace
from cim.city import CityProfile, create_city
from cim.etl.load import LoadOptions, load_city
from cim.layers.catalogue import catalogue
from cim.layers.feature_details import feature
from cim.manifest import read_manifest
from cim.store import Store
from cim.viewer import LOCAL
from cim.web import create_app
from cim.web.api.computed_schemas import SolveAnswer
from cim.web.api.hydraulics import FeatureAnswer, HydraulicsAnswer, ScenarioAnswer

_spec = importlib.util.spec_from_file_location("real_cities", Path(__file__).parents[2] / "real_cities.py")
real_cities = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real_cities)

ALL = load_assumptions()
ASSUMED = ALL.water


@pytest.fixture(scope="module", params=["Net3", "Net6", "ky4"])
def loaded(request, cluster, tmp_path_factory):
    """Name of a network of WNTR's, the city that it was loaded into, and a folder."""
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    slug = f"test_hy_{name.lower()}"
    path = real_cities.ky4(folder, slug) if name == "ky4" else real_cities.net3(folder, slug)
    if name == "Net6":
        text = path.read_text().replace(str(real_cities.wntr_network("Net3")), str(real_cities.wntr_network("Net6")))
        path.write_text(text.replace("+to_meter=300", "+to_meter=30"))
    manifest = read_manifest(path)
    list(load_city(cluster, manifest, folder / "data", LoadOptions()))
    with Store.open(cluster, slug) as store:
        yield name, store, folder
    cluster.drop_database(manifest.profile.database)


def epanets_own(name: str, folder: Path) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Heads, supplies and flows of EPANET's run of the file: base demands, first states, no patterns, no controls."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from wntr.network import WaterNetworkModel
        from wntr.sim import EpanetSimulator

        network = WaterNetworkModel(str(real_cities.wntr_network(name)))
        for control in list(network.control_name_list):
            network.remove_control(control)
        for _, pattern in network.patterns():
            pattern.multipliers = [1.0]
        network.options.time.duration = 0
        network.options.hydraulic.accuracy = 1e-6
        network.options.hydraulic.trials = 500
        network.options.hydraulic.demand_model = "PDA"
        network.options.hydraulic.minimum_pressure = ASSUMED.least_pressure_m
        network.options.hydraulic.required_pressure = ASSUMED.required_pressure_m
        found = EpanetSimulator(network).run_sim(file_prefix=str(folder / "own"), version=2.2)
    first = found.node["head"].index[0]
    return found.node["head"].loc[first], found.node["demand"].loc[first], found.link["flowrate"].loc[first]


def by_key(store: Store, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by feature id, by their keys in the file instead."""
    query = "SELECT feature_id, source_key FROM city.feature WHERE feature_id = ANY(%(ids)s)"
    keys = {row["feature_id"]: row["source_key"] for row in store.rows(LOCAL, query, {"ids": rows.index.tolist()})}
    return rows.rename(index=keys)


def test_the_database_answers_as_epanet_does_on_the_file(loaded) -> None:
    name, store, folder = loaded
    graph = network_graph(store, LOCAL, "water", folder / "graphs")
    model = read_water_model(store, LOCAL, graph, ASSUMED)
    found = pressures(model, ASSUMED)
    head, supply, flow = epanets_own(name, folder)
    nodes, segments = by_key(store, found.nodes), by_key(store, found.segments)
    known = nodes[nodes["reason"].isna()]
    assert len(known) > 0.9 * len(head)
    np.testing.assert_allclose(known["head_m"], head[known.index], atol=2e-3)
    carried = segments[segments["reason"].isna()]
    assert len(carried) > 0.9 * len(flow)
    np.testing.assert_allclose(carried["flow_m3s"], flow[carried.index], rtol=1e-3, atol=2e-5)
    junctions = nodes[nodes["demand_m3s"] > 0]
    np.testing.assert_allclose(junctions["supplied_m3s"], supply[junctions.index], rtol=1e-4, atol=5e-7)


# -- mains drawn by hand -----------------------------------------------------------------------------------------------

MAINS = {11: (1, 2), 12: (2, 3), 13: (3, 4), 14: (2, 5)}
HEAD = 60.0


@pytest.fixture(scope="module")
def mains_city(cluster):
    """A city for the mains of this module: each test publishes its own, which closes those before."""
    grid = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    profile = CityProfile("test_hy_mains", "测试城", "Test city", grid, "1985", -36.0, synthetic=True)
    create_city(cluster, profile)
    with Store.open(cluster, profile.slug) as store:
        yield store
    cluster.drop_database(profile.database)


def publish_mains(
    store, publish, *, demand=(0.02, 0.01, 0.005), mm=(300.0, 200.0, 150.0, 100.0), source=True, roughness=130.0
) -> None:
    """A source, a main and a spur, each pipe 500 m; 3, 4 and 5 draw water and 5 has a hydrant.

    ::

        1 ─11─ 2 ─12─ 3 ─13─ 4      ground 10 m at 4, 0 m elsewhere
               └─14─ 5
    """
    place = {1: (0, 0), 2: (500, 0), 3: (1000, 0), 4: (1500, 0), 5: (500, 500)}
    nodes = {
        "network": "water",
        "kind": ["source", "junction", "junction", "junction", "hydrant"],
        "is_source": [source, False, False, False, False],
        "ground_level_m": [0.0, 0.0, 0.0, 10.0, 0.0],
        "base_demand_m3s": [None, None, *demand] if demand else [None] * 5,
        "geom": [shapely.Point(*at, -1.5) for at in place.values()],
    }
    publish(store, "pipe_node", pd.DataFrame(nodes, index=list(place)))
    pipes = {
        "network": "water",
        "start_node_id": [start for start, _ in MAINS.values()],
        "end_node_id": [end for _, end in MAINS.values()],
        "diameter_mm": list(mm),
        "roughness": roughness,
        "material": "ductile_iron",
        "length_m": 500.0,
        "geom": [shapely.LineString([(*place[a], -1.5), (*place[b], -1.5)]) for a, b in MAINS.values()],
    }
    publish(store, "pipe_segment", pd.DataFrame(pipes, index=list(MAINS)))


def publish_people(store: Store, publish, *rows: tuple[int, int, float | None]) -> None:
    """Three service connections: node, customers, residents; those not given belong to another network."""
    given = [*rows, *[(1, 0, None)] * (3 - len(rows))]
    told = {
        "network": ["water"] * len(rows) + ["gas"] * (3 - len(rows)),
        "node_id": [node for node, _, _ in given],
        "customers": [customers for _, customers, _ in given],
        "residents": [residents for _, _, residents in given],
    }
    publish(store, "service_connection", pd.DataFrame(told, index=[21, 22, 23]))


def lost_m(flow_m3s: float, mm: float) -> float:
    """Hazen and Williams's loss of 500 m of pipe of coefficient 130."""
    return 10.667 * 130**-1.852 * (mm / 1000) ** -4.871 * 500 * flow_m3s**1.852


def model_of(store: Store, folder: Path, **options: object) -> WaterModel:
    graph = network_graph(store, LOCAL, "water", folder)
    return read_water_model(store, LOCAL, graph, ASSUMED, **{"source_head_m": HEAD, **options})


def test_heads_and_supply_by_hand(mains_city, publish, tmp_path) -> None:
    publish_mains(mains_city, publish)
    found = pressures(model_of(mains_city, tmp_path), ASSUMED)
    at_2 = HEAD - lost_m(0.035, 300)
    at_3 = at_2 - lost_m(0.03, 200)
    assert found.nodes["head_m"][2] == pytest.approx(at_2, abs=0.01)
    assert found.nodes["pressure_m"][4] == pytest.approx(at_3 - lost_m(0.01, 150) - 10, abs=0.02)
    assert np.isnan(found.nodes["pressure_m"][1])
    assert found.segments["flow_m3s"].to_dict() == pytest.approx({11: 0.035, 12: 0.03, 13: 0.01, 14: 0.005}, abs=1e-6)
    assert found.segments["loss_m"][12] == pytest.approx(at_2 - at_3, abs=0.01)
    assert found.nodes["supplied_m3s"].sum() == pytest.approx(0.035)


def test_files_stay_in_one_folder_that_goes_away(mains_city, publish, tmp_path, monkeypatch) -> None:
    publish_mains(mains_city, publish)
    model = model_of(mains_city, tmp_path / "graphs")
    (tmp_path / "temporary").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    with open_model(model, ASSUMED) as opened:
        opened.run()
        (folder,) = (tmp_path / "temporary").iterdir()
        assert (folder / "model.inp").stat().st_size > 0
    assert not list((tmp_path / "temporary").iterdir())
    assert not list((tmp_path / "elsewhere").iterdir())


def test_roughness_of_bumps_is_darcy_and_weisbachs(mains_city, publish, tmp_path) -> None:
    """Rough turbulent flow in DN300 with bumps of 1 mm: Colebrook's friction, by hand."""
    publish_mains(mains_city, publish, roughness=[0.001, 0.001, 0.001, None])
    model = model_of(mains_city, tmp_path)
    assert (model.headloss, model.links["roughness"][14]) == ("D-W", 0.0003)
    assert (model.counts["hydraulics_darcy_weisbach"], model.counts["hydraulics_roughness_assumed"]) == (3, 1)
    speed = 0.035 / (np.pi * 0.3**2 / 4)
    friction = 0.25 / np.log10(0.001 / (3.7 * 0.3) + 5.74 / (speed * 0.3 / 1.02e-6) ** 0.9) ** 2
    lost = friction * 500 / 0.3 * speed**2 / (2 * 9.81)
    assert pressures(model, ASSUMED).segments["loss_m"][11] == pytest.approx(lost, rel=0.01)


def test_low_pressure_delivers_a_part(mains_city, publish, tmp_path) -> None:
    """Wagner's curve between nothing at 0 m and all at 14 m."""
    publish_mains(mains_city, publish)
    found = pressures(model_of(mains_city, tmp_path, source_head_m=9.0), ASSUMED)
    some = found.nodes.loc[[3, 5]]
    np.testing.assert_allclose(some["supplied_m3s"], some["demand_m3s"] * np.sqrt(some["pressure_m"] / 14), rtol=1e-3)
    # The hill at 4 stands above all heads: nothing comes, and its number is not shown.
    assert found.nodes.loc[4, "reason"] == "negative_pressure"
    assert found.nodes["supplied_m3s"][4] == 0
    assert np.isnan(found.nodes["pressure_m"][4])
    assert found.counts["hydraulics_negative_pressure"] == 1


def test_fire_flow_by_hand(mains_city, publish, tmp_path) -> None:
    publish_mains(mains_city, publish, demand=None)
    model = model_of(mains_city, tmp_path)
    found = fire_flow(model, [5, 1], ASSUMED, ALL.fire).hydrants
    flow = found["available_m3s"][5]
    assert lost_m(flow, 300) + lost_m(flow, 100) == pytest.approx(HEAD - 10, abs=0.05)
    assert found["meets"][5] == (flow >= 0.015)
    assert found["static_m"][5] == pytest.approx(HEAD)
    assert found.loc[1, "reason"] == "at_source"
    low = fire_flow(model_of(mains_city, tmp_path, source_head_m=9.0), [5], ASSUMED, ALL.fire).hydrants
    assert (low["available_m3s"][5], low["meets"][5]) == (0, False)


def test_a_pipe_of_a_tree_is_worth_what_hangs_on_it(mains_city, publish, tmp_path) -> None:
    publish_mains(mains_city, publish)
    publish_people(mains_city, publish, (3, 7, None), (4, 11, None), (5, 13, None))
    found = closures(model_of(mains_city, tmp_path), ASSUMED, ALL.closure).segments
    assert found["unmet_m3s"].to_dict() == pytest.approx({11: 0.035, 12: 0.03, 13: 0.01, 14: 0.005}, rel=1e-3)
    assert found["customers_short"].to_dict() == {11: 31, 12: 18, 13: 11, 14: 13}
    assert found["grade"].to_dict() == {11: 4, 12: 4, 13: 4, 14: 4}


def test_what_if_pipes_are_shut(mains_city, publish, settings) -> None:
    publish_mains(mains_city, publish)
    publish_people(mains_city, publish, (3, 7, None), (4, 11, None), (5, 13, None))
    client = create_app(settings, mains_city).test_client()
    asked = {"source_head_m": HEAD, "shut": [13]}
    told = client.post("/api/network/hydraulics/scenario", json=asked).get_json()
    assert ScenarioAnswer().validate(told) == {}
    assert [node["feature_id"] for node in told["nodes"]] == [4]
    assert (told["nodes"][0]["pressure_m"], told["customers_short"]) == (None, 11)
    assert (told["supplied_before_m3s"], told["supplied_m3s"]) == pytest.approx((0.035, 0.025), rel=1e-4)
    both = client.post("/api/network/hydraulics/scenario", json=asked | {"shut": [13, 14]}).get_json()
    assert both["customers_short"] == 24
    # Twice the demand in the same pipes: less than twice is delivered.
    more = client.post("/api/network/hydraulics/scenario", json=asked | {"factor": 2, "source_head_m": 15}).get_json()
    assert more["demand_m3s"] == pytest.approx(0.07)
    assert more["supplied_m3s"] < 0.05
    assert client.post("/api/network/hydraulics/scenario", json=asked | {"shut": [99]}).status_code == 404
    publish_mains(mains_city, publish, source=False)
    refused = client.post("/api/network/hydraulics/scenario", json=asked)
    assert (refused.status_code, "has no source" in refused.get_data(as_text=True)) == (400, True)
    runs = mains_city.rows(LOCAL, "SELECT count(*) AS runs FROM run.analysis WHERE status <> 'done'")
    assert runs == [{"runs": 0}]


def test_what_is_missing_is_assumed_and_counted(mains_city, publish, tmp_path) -> None:
    publish_mains(mains_city, publish, demand=None)
    publish_people(mains_city, publish, (3, 10, 480.0), (5, 10, None))
    model = model_of(mains_city, tmp_path, source_head_m=None)
    # 180 L a day each; 2.5 people for a customer that does not tell.
    assert model.nodes["demand_m3s"][[3, 5]].tolist() == pytest.approx([480 * 0.18 / 86400, 25 * 0.18 / 86400])
    assert model.nodes["level_m"][1] == 10 + 28
    told = {code: count for code, count in model.counts.items() if count}
    assert told == {"hydraulics_demand_assumed": 2, "hydraulics_head_assumed": 1}


def test_bad_mains_are_told_and_the_rest_answered(mains_city, publish, tmp_path) -> None:
    publish_mains(mains_city, publish, mm=(300.0, 200.0, 0.0, 100.0))
    found = pressures(model_of(mains_city, tmp_path), ASSUMED)
    assert found.nodes.loc[4, "reason"] == "no_source"
    assert found.segments.loc[13, "reason"] == "no_size"
    assert found.nodes["pressure_m"].notna().sum() == 3
    assert found.counts["hydraulics_size_unknown"] == 1
    assert found.counts["hydraulics_demand_cut_off"] == 1
    publish_mains(mains_city, publish, source=False)
    with pytest.raises(NoModel, match=r"has no source: mark reservoirs"):
        pressures(model_of(mains_city, tmp_path), ASSUMED)
    publish_people(mains_city, publish)
    publish_mains(mains_city, publish, demand=None)
    assert model_of(mains_city, tmp_path).counts["hydraulics_no_demand"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"supplied_m3s": np.array([-0.05, 0, 0.035, 0.01, 0.005])}, "node 3 is given more than its demand"),
        ({"supplied_m3s": np.array([-0.02, 0, 0.02, 0.01, 0.005])}, "inflow and outflow differ by 15 L/s"),
        ({"head_m": np.array([60, np.nan, 60, 60, 60])}, "some are no numbers"),
    ],
)
def test_numbers_that_cannot_be_are_refused(mains_city, publish, tmp_path, change, said) -> None:
    publish_mains(mains_city, publish)
    model = model_of(mains_city, tmp_path)
    right = Solved(np.full(5, 60.0), np.array([-0.035, 0, 0.02, 0.01, 0.005]), np.zeros(4), np.zeros(4), np.zeros(4))
    check_balance(model, right)
    with pytest.raises(NotPhysical, match=said):
        check_balance(model, dataclasses.replace(right, **change))


def test_a_city_lays_its_own_assumptions_over_ours(tmp_path) -> None:
    (tmp_path / "assumptions.yaml").write_text("water: {litres_a_day: 250}\n")
    own = load_assumptions(tmp_path)
    assert (own.water.litres_a_day, own.replaced) == (250, ["water.litres_a_day"])
    assert own.water.required_pressure_m == ASSUMED.required_pressure_m
    assert own.digest != ALL.digest
    (tmp_path / "assumptions.yaml").write_text(
        "drainage: {impervious: {green: 0.3}}\nwater: {roughness: {lead: 100}}\n"
    )
    own = load_assumptions(tmp_path)
    assert own.drainage.impervious == {**ALL.drainage.impervious, "green": 0.3}
    assert own.water.roughness == {**ASSUMED.roughness, "lead": 100}
    (tmp_path / "assumptions.yaml").write_text("water: {least_pressure_m: 14}\n")
    with pytest.raises(BadAssumption, match="lies not above"):
        load_assumptions(tmp_path)
    for text, said in (
        ("water: {litres: 1}", "not known"),
        ("fire: {needed_l_s: much}", "no number"),
        ("[1]", "no map"),
        ("drainage: {horton: [75, 7.5]}", "not told as ours is"),
        ("drainage: {impervious: 1}", "not told as ours is"),
        ("water: {litres_a_day: [250]}", "not told as ours is"),
    ):
        (tmp_path / "assumptions.yaml").write_text(text)
        with pytest.raises(BadAssumption, match=said):
            load_assumptions(tmp_path)


def test_a_run_is_kept_shown_and_not_made_twice(mains_city, publish, settings, run) -> None:
    """The command writes; the API, the feature's page and a tile of the layer tell."""
    publish_mains(mains_city, publish)
    city = ("--city", "test_hy_mains", "--source-head", HEAD)
    said = run("network", "hydraulics", *city, "--fire", "--closures").output
    assert "Pressure" in said
    # With 20 L/s in the spur and 50 in the main 24.7 m remain at the hydrant.
    assert HEAD - lost_m(0.02, 100) - lost_m(0.05, 300) == pytest.approx(24.7, abs=0.1)
    assert "1 of 1 hydrants" in said
    assert "4 of 4 pipes leave demand unmet" in said
    assert said.count("new.") == 3
    assert run("network", "hydraulics", *city, "--fire").output.count("unchanged.") == 2
    # What is spilt into the main goes as fast as its water does: 30 L/s in 200 mm, 10 in 150.
    spilt = trace(mains_city, LOCAL, TraceQuestion("spill", [2]), settings.data_dir / "graphs")
    minutes = dict(zip(spilt.nodes, spilt.minutes, strict=True))
    first, second = (500 * math.pi * mm**2 / 4e6 / flow / 60 for mm, flow in ((200, 0.03), (150, 0.01)))
    assert [minutes[3], minutes[4]] == pytest.approx([first, first + second], abs=0.06)
    assert "segment_velocity_assumed" not in spilt.left_out
    what_if = run("network", "hydraulics", *city, "--shut", 13).output
    assert "35.00 L/s delivered before, 25.00 L/s then, of a demand of 35.00 L/s" in what_if
    for more in (("--fire",), ("--network", "storm")):
        refused = run("network", "hydraulics", *city, "--shut", 13, *more)
        assert (refused.exit_code, "--shut asks of a water network" in refused.output) == (2, True)
    client = create_app(settings, mains_city).test_client()
    answer = client.get("/api/network/hydraulics?network=water").get_json()
    assert HydraulicsAnswer().validate(answer) == {}
    assert [each["run"]["kind"] for each in answer["runs"]] == [
        "network.pressure", "network.fire_flow", "network.pipe_closure",
    ]  # fmt: skip
    assert answer["runs"][0]["figures"]["demand_m3s"] == pytest.approx(0.035)
    for kept, kind in zip(answer["runs"], ("pressure", "fire_flow", "pipe_closure"), strict=True):
        asked = {"kind": kind, "source_head_m": HEAD}
        told = client.post("/api/network/hydraulics", json=asked).get_json()
        assert SolveAnswer().validate(told) == {}
        assert told["run"]["parameters"].items() <= kept["run"]["parameters"].items()
        assert {name: told[name] for name in ("figures", "worst", "left_out")} == {
            name: kept[name] for name in ("figures", "worst", "left_out")
        }
    one = client.get("/api/network/hydraulics/5").get_json()
    assert FeatureAnswer().validate(one) == {}
    assert {each["kind"] for each in one["results"]} == {"network.pressure", "network.fire_flow"}
    assert client.get("/api/network/hydraulics/41").status_code == 404
    shown = {each["name"]: each for each in feature(mains_city, LOCAL, 5)["results"]}
    assert shown["hydraulic_pressure_m"]["unit"] == "m"
    assert shown["available_m3s"]["value"] == pytest.approx(one["results"][0]["found"]["available_m3s"])
    layers = {layer.name for layer in catalogue(mains_city, LOCAL)}
    assert {"water-pressure", "hydrant-flow", "pipe-closure"} <= layers
    assert "drain-surcharge" not in layers


def test_a_closure_that_epanet_does_not_solve_is_answered_by_the_part_that_is_fed(
    mains_city, publish, tmp_path, monkeypatch
) -> None:
    """Where a part that is cut off keeps EPANET from converging, the rest is solved without it."""
    publish_mains(mains_city, publish)
    model = model_of(mains_city, tmp_path)
    whole = closures(model, ASSUMED, ALL.closure).segments
    solve, runs = OpenModel.run, iter(range(100))

    def fails_when_shut(self) -> None:
        if next(runs) > 0 and len(self.model.links) == 4:
            raise Unsolved("it does not converge")
        solve(self)

    monkeypatch.setattr(OpenModel, "run", fails_when_shut)
    part = closures(model, ASSUMED, ALL.closure).segments
    pd.testing.assert_frame_equal(part, whole, rtol=1e-4)
