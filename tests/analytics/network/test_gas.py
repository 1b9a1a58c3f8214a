"""Gas: the impact radius, what a leak reaches, buildings on pipes; in a small town worked out by hand."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely

from cim.analytics.errors import BadQuestion, UnknownNetwork, UnknownSegment
from cim.analytics.network.gas.leak import gas_leak
from cim.analytics.network.gas.occupied import occupied_gas
from cim.analytics.network.gas.radius import FACTOR, LABEL, impact_radius_m, stated_pressure
from cim.analytics.network.rules.tables import load_rules
from cim.city import CityProfile, create_city
from cim.store import Store
from cim.viewer import LOCAL, OPERATOR

X, Y = 505000.0, 3271000.0


def line(*xy):
    return shapely.LineString([(X + x, Y + y, 198) for x, y in xy])


def house(*bounds):
    west, south, east, north = bounds
    return shapely.MultiPolygon([shapely.box(X + west, Y + south, X + east, Y + north)])


def test_radius_is_that_of_the_rule() -> None:
    """0.69·√(p·d²): NPS 30 at 1000 psig gives 654.6 ft = 199.5 m; NPS 12 at 800 psig 234.2 ft = 71.4 m."""
    psi = np.array([1000.0, 800.0]) * 0.006894757
    radius = impact_radius_m(psi, np.array([30.0, 12.0]) * 25.4)
    np.testing.assert_allclose(radius, [654.6 * 0.3048, 234.2 * 0.3048], rtol=1e-3)
    assert pytest.approx(0.09972, abs=1e-5) == FACTOR
    assert np.isnan(impact_radius_m(np.array([np.nan, 0.2, -1.0]), np.array([100.0, np.nan, 100.0]))).all()
    assert impact_radius_m(np.array([0.0]), np.array([100.0]))[0] == 0


def test_pressure_by_class_is_the_highest_of_it() -> None:
    assert stated_pressure(0.3, "中压B") == (0.3, False)
    assert stated_pressure(None, " 中压 b ") == (0.2, True)
    assert stated_pressure(None, "高压") == (None, False)
    assert stated_pressure(None, None) == (None, False)


@pytest.fixture(scope="module")
def town(cluster, publish):
    """A gas main with a valve at each end of pipe 12; DN200 at 0.4 MPa: radius 0.09972·200·√0.4 = 12.61 m.

    ::

        y
        18          ┌─ 303, basement, 17 m away
        10     ┌─ 301, 9.0 m away: within the radius
         4  ═════════════ 21 sewer, walls 3.65 m away     31 duct, 40 m away
         0  1 ──11── 2x──12──x3 ──13── 4  ──14── 5
                                    ┌┴┐ 302 stands on 13;  304 at the dead end of 14: its own connection
    """
    grid = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    profile = CityProfile("gas_town", "燃气镇（合成数据）", "Gas town", grid, "1985", -36.0, synthetic=True)
    create_city(cluster, profile)
    with Store.open(cluster, profile.slug) as store:
        gas = {"network": "gas", "geom": [shapely.Point(X + x, Y, 198) for x in (0, 40, 80, 120, 150)]}
        gas["is_source"] = [True, False, False, False, False]
        publish(store, "pipe_node", pd.DataFrame(gas, index=[1, 2, 3, 4, 5]))
        pipe = {
            "network": "gas", "diameter_mm": 200.0, "outer_width_mm": 200.0, "burial": "direct", "pressure_mpa": 0.4,
            "material": "steel", "state": "in_use", "installed_year": 2000,
        }  # fmt: skip
        rows = [
            pipe | {"start_node_id": i + 1, "end_node_id": i + 2, "geom": line((at, 0), (to, 0))}
            for i, (at, to) in enumerate([(0, 40), (40, 80), (80, 120), (120, 150)])
        ]
        rows[2] |= {"pressure_mpa": None, "pressure_raw": "中压A", "material": None}
        publish(store, "pipe_segment", pd.DataFrame(rows, index=[11, 12, 13, 14]))
        other = {"diameter_mm": 500.0, "outer_width_mm": 500.0, "state": "in_use"}
        rows = [
            other | {"network": "sewage", "kind": "pipe", "start_level_m": 190.0, "end_level_m": 190.0},
            other | {"network": "telecom", "kind": "duct"},
            other | {"network": "telecom", "kind": "cable"},
        ]
        lines = [line((0, 4), (100, 4)), line((0, 40), (100, 40)), line((60, -5), (60, 5))]
        publish(store, "pipe_segment", pd.DataFrame(rows, index=[21, 31, 32]).assign(geom=lines))
        hole = {"network": "sewage", "kind": "manhole", "geom": [shapely.Point(X + 60, Y + 4, 190)]}
        publish(store, "pipe_node", pd.DataFrame(hole, index=[22]))
        valves = {"network": "gas", "kind": "valve", "node_id": [2, 3], "segment_id": [12, 12], "number": ["V1", "V2"]}
        publish(store, "pipe_device", pd.DataFrame(valves, index=[41, 42]))
        buildings = {
            "geom": [house(50, 9, 60, 20), house(98, -5, 102, 5), house(50, 17, 60, 30), house(150.3, -3, 160, 3)],
            "residents": [30.0, 8.0, None, 5.0], "storeys_below": [0.0, 0.0, 1.0, 0.0],
            "built_year": [1990, 2010, 1990, 1990], "address": ["a", "b", "c", "d"],
        }  # fmt: skip
        publish(store, "building", pd.DataFrame(buildings, index=[301, 302, 303, 304]))
        school = {"kind": "primary_school", "name": "小学", "geom": [shapely.Point(X + 60, Y - 12, 200)]}
        publish(store, "facility", pd.DataFrame(school, index=[401]))
        service = {"network": "gas", "node_id": [3], "customers": [7], "residents": [20.0], "building_id": [301]}
        publish(store, "service_connection", pd.DataFrame(service, index=[501]))
        yield store
    cluster.drop_database(profile.database)


def test_a_leak_reaches_to_the_valves(town, tmp_path) -> None:
    found = gas_leak(town, LOCAL, 12, tmp_path)
    assert [valve["number"] for valve in found.isolation["valves"]] == ["V1", "V2"]
    assert found.isolation["isolated"]["segments"] == [12]
    assert found.isolation["beyond"]["customers"] == 7
    stuck = gas_leak(town, LOCAL, 12, tmp_path, stuck=[42])
    assert stuck.isolation["isolated"]["segments"] == [12, 13, 14]


def test_who_lives_within_the_radius(town, tmp_path) -> None:
    impact = gas_leak(town, LOCAL, 12, tmp_path).impact
    assert impact["radius_m"] == 12.61
    assert [(row["feature_id"], row["distance_m"]) for row in impact["buildings"]] == [(301, 9.0)]
    assert impact["residents"] == 30
    assert [(row["name"], row["distance_m"]) for row in impact["facilities"]] == [("小学", 12.0)]
    assert impact["label"] == LABEL
    assert "indicative" in impact["label"]["en"].lower()
    assert "192.903" in impact["source"]


def test_where_gas_can_travel(town, tmp_path) -> None:
    """The sewer 3.65 m from wall to wall, its manhole, the basement 17 m away; no duct within 5 m, no cable at all."""
    rows = gas_leak(town, LOCAL, 12, tmp_path).migration
    assert [(row["what"], row["feature_id"], row["distance_m"]) for row in rows] == [
        ("sewer", 21, 3.65),
        ("manhole", 22, 4.0),
    ]
    assert all(row["status"] == "unverified" for row in rows)
    (tmp_path / "gas_migration.csv").write_text(
        "what,network,kinds,within_m,why_zh,why_en,status\nbasement,,,20,地下室,basements,verified\n"
        "duct,telecom,duct,50,管道,ducts,verified\n",
        encoding="utf-8",
    )
    rows = gas_leak(town, LOCAL, 12, tmp_path, rules=load_rules(tmp_path)).migration
    assert [(row["what"], row["feature_id"], row["distance_m"]) for row in rows] == [
        ("basement", 303, 17.0),
        ("duct", 31, 39.65),
    ]


def test_what_is_not_known_is_told(town, tmp_path) -> None:
    """Pipe 13 states its class only, and no material."""
    found = gas_leak(town, LOCAL, 13, tmp_path)
    assert (found.impact["pressure_mpa"], found.impact["pressure_from_class"]) == (0.4, True)
    assert found.left_out["gas_pressure_of_class"]["count"] == 1
    assert found.left_out["gas_material_unknown"]["count"] == 1


def test_pipes_without_pressure_or_size_have_no_radius(town, publish, tmp_path) -> None:
    with town.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.pipe_segment SET pressure_mpa = NULL, diameter_mm = NULL WHERE feature_id = 14")
    found = gas_leak(town, LOCAL, 14, tmp_path)
    assert found.impact["radius_m"] is None
    assert found.impact["buildings"] == []
    assert found.isolation["isolated"]["segments"]
    assert {"gas_pressure_unknown", "gas_size_unknown"} <= set(found.left_out)


def test_an_abandoned_pipe_is_answered_as_far_as_it_can_be(town, tmp_path) -> None:
    with town.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.pipe_segment SET state = 'abandoned' WHERE feature_id = 11")
        connection.execute("UPDATE run.theme_version SET version = version + 1 WHERE theme = 'pipe_segment'")
    found = gas_leak(town, LOCAL, 11, tmp_path)
    assert found.isolation is None
    assert found.left_out["gas_not_isolable"]["count"] == 1
    assert found.impact["radius_m"] == 12.61


def test_questions_that_cannot_be_meant(town, tmp_path) -> None:
    with pytest.raises(BadQuestion, match="carries sewage, not gas"):
        gas_leak(town, LOCAL, 21, tmp_path)
    with pytest.raises(UnknownSegment):
        gas_leak(town, LOCAL, "nothing", tmp_path)


def test_buildings_on_pipes(town) -> None:
    """House 302 stands on 4 m of pipe 13 and is younger; 304 stands at the dead end of 14, which serves it."""
    found = occupied_gas(town, LOCAL)
    (place,) = found.places
    assert (place["feature_id"], place["building_id"], place["covered_m"]) == (13, 302, 4.0)
    assert (place["built_after"], place["radius_m"], place["pressure_from_class"]) == (True, 12.61, True)
    assert found.gas["occupied"] == found.gas["buildings"] == 1
    assert found.gas["segments"] == 4
    assert found.served == []


def test_a_dead_end_at_a_building_serves_it(town, publish) -> None:
    pipe = {"network": "gas", "diameter_mm": 50.0, "start_node_id": 4, "end_node_id": 5, "burial": "direct"}
    publish(town, "pipe_segment", pd.DataFrame([pipe | {"geom": line((120, 0), (152, 0))}], index=[14]))
    found = occupied_gas(town, LOCAL)
    assert [row["building_id"] for row in found.places] == [302]
    assert [(row["building_id"], row["covered_m"]) for row in found.served] == [(304, 1.7)]
    assert found.left_out["gas_pressure_unknown"]["count"] == 2


def test_a_footprint_that_crosses_itself_covers_what_it_covers(town, publish) -> None:
    """A bow tie over pipe 11: its two triangles meet at the pipe's middle, 5 m up and down."""
    tie = shapely.Polygon([(X + 15, Y - 5), (X + 25, Y + 5), (X + 25, Y - 5), (X + 15, Y + 5)])
    publish(town, "building", pd.DataFrame({"geom": [shapely.MultiPolygon([tie])]}, index=[305]))
    with town.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.pipe_segment SET state = 'in_use' WHERE feature_id = 11")
    rows = [row for row in occupied_gas(town, LOCAL).places if row["building_id"] == 305]
    assert [(row["feature_id"], row["covered_m"], row["residents"]) for row in rows] == [(11, 10.0, None)]


def test_a_pipe_without_nodes(database, publish, tmp_path) -> None:
    """Nothing but a line, its size and pressure: no valves, but a radius."""
    pipe = {"network": "gas", "diameter_mm": 100.0, "pressure_mpa": 0.4, "geom": line((0, 0), (9, 0))}
    publish(database, "pipe_segment", pd.DataFrame([pipe], index=[1]))
    found = gas_leak(database, LOCAL, 1, tmp_path)
    assert found.isolation is None
    assert found.impact["radius_m"] == 6.31
    assert occupied_gas(database, LOCAL).left_out["clearance_buildings_unknown"]["count"] == 1


def test_a_city_without_gas(database) -> None:
    with pytest.raises(UnknownNetwork, match="gas"):
        occupied_gas(database, LOCAL)


def test_commands(town, run) -> None:
    slug = town.city.slug
    shown = run("network", "gas", 12, "--city", slug)
    assert shown.exit_code == 0, shown.output
    for words in ("V1, V2", "12.6 m: 1 buildings, 30 residents", "Indicative", "192.903", "sewer"):
        assert words in shown.output
    told = json.loads(run("network", "gas", "--city", slug, "--json").output)
    assert 302 in {row["building_id"] for row in told["places"]}
    assert "占压" in run("network", "gas", "--city", slug).output
    assert json.loads(run("network", "gas", 12, "--city", slug, "--json").output)["impact"]["radius_m"] == 12.61
