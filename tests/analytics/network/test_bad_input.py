"""Networks with every fault that surveys have: each question answers what it can, and counts what it left out.

::

    water    1 source ─101─ 2 ═102═ 3 ─103─ 4      101 without depth and material, 103 without length
                                    ├─104─ 5       valves: 201 at 102 (works), 202 on the fork 3, 203 on nothing
                              6 ─105─ 7            a part of its own, without source; 106 begins at 5 and ends nowhere
    sewage   11 ─111→ 12 ─112→ 13 ─113→ 14 ─114→ 12   goes round, and no outfall
    gas      21 ─121─ 22                              no source
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
import shapely

from cim.analytics.errors import BadQuestion, NoModel, UnknownSegment
from cim.analytics.network.assessment import assess_network
from cim.analytics.network.bursts.burst import burst
from cim.analytics.network.clearance.keeping import survey_clearance
from cim.analytics.network.digs.area import Dig
from cim.analytics.network.digs.excavation import excavation
from cim.analytics.network.gas.leak import gas_leak
from cim.analytics.network.gas.occupied import occupied_gas
from cim.analytics.network.hydraulics.assumptions import load_assumptions
from cim.analytics.network.hydraulics.solving import Solve, solved
from cim.analytics.network.hydraulics.water import WaterQuestion, water_hydraulics
from cim.analytics.network.renewal.keeping import Budget, listed_plan, make_plan
from cim.analytics.network.renewal.proposal import proposed_plan
from cim.analytics.network.risk.assumptions import load_assumptions as load_prices
from cim.analytics.network.risk.keeping import assess_risk
from cim.analytics.network.sections.profile import profile
from cim.analytics.network.sections.section import section
from cim.analytics.network.topology_answer import TopologyQuestion, shape
from cim.analytics.network.traces.trace import TraceQuestion, trace
from cim.city import CityProfile, create_city
from cim.store import Store
from cim.viewer import OPERATOR

PLACES = {1: (0, 0), 2: (50, 0), 3: (100, 0), 4: (100, 0), 5: (100, 50), 6: (300, 0), 7: (350, 0)}
SEWER = {11: (0, 20), 12: (40, 20), 13: (80, 20), 14: (60, 60)}
GAS = {21: (0, -20), 22: (50, -20)}
SEGMENTS = {
    101: ("water", 1, 2), 102: ("water", 2, 3), 103: ("water", 3, 4), 104: ("water", 3, 5), 105: ("water", 6, 7),
    106: ("water", 5, None), 111: ("sewage", 11, 12), 112: ("sewage", 12, 13), 113: ("sewage", 13, 14),
    114: ("sewage", 14, 12), 121: ("gas", 21, 22),
}  # fmt: skip


def at(node) -> tuple[float, float, float]:
    """Where a node lies; segments that end nowhere end 10 m to the north of node 5."""
    x, y = (PLACES | SEWER | GAS).get(node, (100, 60))
    return (500_000.0 + x, 3_000_000.0 + y, 200.0)


def nodes() -> pd.DataFrame:
    rows = [(node, "water", node == 1) for node in PLACES] + [(node, "sewage", False) for node in SEWER]
    rows += [(node, "gas", False) for node in GAS]
    frame = pd.DataFrame(rows, columns=["id", "network", "is_source"]).set_index("id")
    return frame.assign(geom=[shapely.Point(at(node)) for node in frame.index])


def segments() -> pd.DataFrame:
    known = [segment not in (101, 121) for segment in SEGMENTS]
    depth = [1.2 if segment in (102, 104) else None for segment in SEGMENTS]
    return pd.DataFrame(
        {
            "network": [network for network, _, _ in SEGMENTS.values()],
            "start_node_id": [start for _, start, _ in SEGMENTS.values()],
            "end_node_id": pd.array([end for _, _, end in SEGMENTS.values()], dtype="Int64"),
            "flow_direction": pd.array([0 if n == "sewage" else None for n, _, _ in SEGMENTS.values()], dtype="Int16"),
            "material": ["ductile_iron" if one else None for one in known],
            "diameter_mm": [200.0 if one else None for one in known],
            "start_depth_m": depth,
            "end_depth_m": depth,
            "geom": [shapely.LineString([at(start), at(end)]) for _, start, end in SEGMENTS.values()],
        },
        index=list(SEGMENTS),
    )


def devices() -> pd.DataFrame:
    rows = {
        "network": "water",
        "kind": "valve",
        "node_id": pd.array([2, 3, None], dtype="Int64"),
        "segment_id": pd.array([102, None, None], dtype="Int64"),
        "geom": [shapely.Point(at(2)), shapely.Point(at(3)), shapely.Point(at(7))],
    }
    return pd.DataFrame(rows, index=[201, 202, 203])


def services() -> pd.DataFrame:
    rows = {"network": "water", "node_id": pd.array([4, 7, None], dtype="Int64"), "customers": [8, 5, 3]}
    return pd.DataFrame(rows, index=[301, 302, 303])


@pytest.fixture(scope="module")
def bad(cluster, publish):
    profile_ = CityProfile("test_bad", "坏数据城", "Bad data", "EPSG:4545", "1985", -36.0, synthetic=True)
    create_city(cluster, profile_)
    with Store.open(cluster, profile_.slug) as store:
        for theme, rows in (
            ("pipe_node", nodes()),
            ("pipe_segment", segments()),
            ("pipe_device", devices()),
            ("service_connection", services()),
        ):
            publish(store, theme, rows)
        yield store
    cluster.drop_database(profile_.database)


@pytest.fixture
def sized(bad, publish):
    """The same networks while 101 has a size."""
    known = segments()
    known.loc[101, "diameter_mm"] = 200.0
    publish(bad, "pipe_segment", known)
    yield bad
    publish(bad, "pipe_segment", segments())


@pytest.fixture
def asked(bad, tmp_path):
    """Ask for a trace."""
    return lambda kind, *start, **more: trace(bad, OPERATOR, TraceQuestion(kind, start, **more), tmp_path)


def counts(left_out) -> dict[str, int]:
    """The counts, each of which has a sentence in both languages."""
    assert all(told["en"] and told["zh"] for told in left_out.values())
    return {code: told["count"] for code, told in left_out.items()}


def of_run(store, run) -> dict[str, int]:
    (row,) = store.rows(OPERATOR, "SELECT left_out FROM run.analysis WHERE run_id = %(run)s", {"run": run.run_id})
    return {code: told["count"] for code, told in row["left_out"].items()}


OF_GRAPH = {"segment_without_nodes": 1, "segment_zero_length": 1, "valve_on_fork": 1, "valve_on_no_pipe": 1}
"""What the water network leaves out of every walk."""


def test_a_trace_walks_what_hangs_together(asked) -> None:
    found = asked("upstream", 4)
    assert (found.nodes, found.distance_m) == ([4, 3, 2, 1], [0.0, 0.0, 50.0, 100.0])
    assert counts(found.left_out) == OF_GRAPH | {"segment_without_source": 1}
    assert [valve["valve_id"] for valve in asked("valves", 5).valves] == [201]


def test_a_part_or_a_network_without_source_is_told_whole(asked) -> None:
    assert sorted(asked("upstream", 7).nodes) == [6, 7]
    gas = asked("upstream", 22)
    assert (sorted(gas.nodes), counts(gas.left_out)) == ([21, 22], {"network_without_source": 1})
    nowhere = asked("path", 1, end=(7,))
    assert (nowhere.nodes, counts(nowhere.left_out)["no_path"]) == ([], 1)


def test_a_sewer_that_goes_round_ends_nowhere(asked) -> None:
    (loop,) = asked("loops", network="sewage").loops
    assert (loop["round"], loop["independent"]) == ([112, 113, 114], 1)
    assert sorted(asked("upstream", 13).nodes) == [11, 12, 13, 14]
    assert counts(asked("outfall", 11).left_out) == {"no_outfall": 1}


def test_a_burst_uses_the_valves_that_stand_on_a_pipe(bad, tmp_path) -> None:
    found = burst(bad, OPERATOR, 104, tmp_path)
    assert [(valve["valve_id"], valve["role"]) for valve in found.valves] == [(201, "close")]
    assert (found.isolated["segments"], found.isolated["customers"]) == ([102, 103, 104], 8)
    assert counts(found.left_out) == OF_GRAPH | {"connection_without_node": 1}
    with pytest.raises(UnknownSegment):
        burst(bad, OPERATOR, 106, tmp_path)


def test_a_burst_that_no_source_reaches_says_so(bad, tmp_path) -> None:
    dry = burst(bad, OPERATOR, 105, tmp_path)
    assert (dry.isolated["segments"], dry.isolated["customers"]) == ([105], 5)
    assert counts(dry.left_out)["burst_part_without_source"] == 1
    leak = gas_leak(bad, OPERATOR, 121, tmp_path)
    assert leak.isolation is not None
    assert leak.isolation["isolated"]["segments"] == [121]
    assert counts(leak.left_out) == {
        "burst_without_source": 1, "gas_material_unknown": 1, "gas_pressure_unknown": 1, "gas_size_unknown": 1,
    }  # fmt: skip


def test_a_dig_counts_what_is_not_known_of_its_pipes(bad) -> None:
    x, y, _ = at(1)
    found = excavation(bad, OPERATOR, Dig(shapely.box(x - 1, y - 1, x + 99, y + 1), 1.0, dt.date(2026, 1, 1)))
    assert sorted(pipe["feature_id"] for pipe in found.pipes) == [101, 102, 103, 104]
    told = counts(found.left_out)
    # 101 and 103 have no depth; 101 has no material and no size.
    assert (told["dig_depth_unknown"], told["dig_material_unknown"], told["dig_size_unknown"]) == (2, 1, 1)


def test_sections_draw_what_has_a_place(bad, tmp_path) -> None:
    along = profile(bad, OPERATOR, [1, 5], tmp_path)
    assert along.length_m == pytest.approx(150)
    assert counts(along.left_out) == {
        "manhole_without_ground": 4, "no_terrain": 1, "pipe_depth_not_surveyed": 1, "pipe_without_size": 1,
    }  # fmt: skip
    x, y, _ = at(1)
    across = section(bad, OPERATOR, shapely.LineString([(x + 25, y - 40), (x + 25, y + 40)]), tmp_path)
    assert [cut["segment_id"] for cut in across.cuts] == [121, 101, 111]
    # None of the three has a depth; water and gas have no size.
    assert counts(across.left_out) == {"no_terrain_section": 1, "pipe_depth_not_surveyed": 3, "pipe_without_size": 2}


def test_clearance_takes_the_lesser_requirement_and_counts(bad) -> None:
    told = of_run(bad, survey_clearance(bad, OPERATOR))
    assert (told["cover_unknown"], told["clearance_zero_length"], told["clearance_width_unknown"]) == (9, 1, 2)
    assert (told["clearance_size_unknown"], told["clearance_pressure_unknown"]) == (1, 1)


def test_criticality_and_shape_of_two_parts(bad, tmp_path) -> None:
    water = of_run(bad, assess_network(bad, OPERATOR, "water", tmp_path))
    assert water == OF_GRAPH | {
        "node_without_supply": 2, "segment_without_source": 1, "customer_without_supply": 5,
        "connection_without_node": 1, "connection_without_residents": 2,
    }  # fmt: skip
    sewage = of_run(bad, assess_network(bad, OPERATOR, "sewage", tmp_path))
    assert sewage == {"connections_unknown": 1, "node_without_supply": 4, "segment_without_outfall": 4}
    found = shape(bad, OPERATOR, TopologyQuestion("water"), tmp_path)
    assert (found.summary["parts"], found.summary["bridges"]) == (2, 5)
    assert counts(found.left_out)["one_source"] == 7


def test_hydraulics_refuses_what_cannot_be_computed(bad, tmp_path) -> None:
    """The only pipe from the source has no size; the gas network is none for water."""
    with pytest.raises(NoModel, match="no pipe of known size leads from a source: give the pipes their sizes"):
        water_hydraulics(bad, OPERATOR, tmp_path, load_assumptions())
    with pytest.raises(BadQuestion, match="network 'gas' holds no water for use"):
        water_hydraulics(bad, OPERATOR, tmp_path, load_assumptions(), WaterQuestion("gas"))


def test_hydraulics_of_a_pipe_without_length(sized, tmp_path) -> None:
    """Once 101 has a size 2 to 5 are fed; 103 counts as a centimetre: 4 has the head of 3. 6 and 7 have no number."""
    found = solved(sized, OPERATOR, tmp_path, Solve(WaterQuestion(source_head_m=240.0)))
    told = counts(found.left_out)
    assert (told["hydraulics_length_assumed"], told["segment_zero_length"]) == (1, 1)
    assert (told["hydraulics_without_source"], told.get("hydraulics_size_unknown", 0)) == (2, 0)
    assert (found.figures["nodes"], found.figures["with_pressure"], found.figures["without_number"]) == (7, 4, 2)
    pressure = {node["feature_id"]: node["pressure_m"] for node in found.worst}
    assert set(pressure) == {2, 3, 4, 5}
    assert 39 < pressure[4] == pytest.approx(pressure[3], abs=1e-3)
    assert pressure[3] <= pressure[2] <= 40


def test_buildings_on_gas_pipes_of_which_nothing_is_known(bad) -> None:
    found = occupied_gas(bad, OPERATOR)
    assert (found.gas["segments"], found.gas["occupied"], found.places) == (1, 0, [])
    told = counts(found.left_out)
    assert told == {
        "clearance_buildings_unknown": 1, "gas_material_unknown": 1, "gas_pressure_unknown": 1, "gas_size_unknown": 1,
    }  # fmt: skip


def test_a_plan_renews_what_has_a_risk_and_says_what_it_may_not(bad, tmp_path) -> None:
    """106 ends nowhere and 103 has no length: both may be renewed, each once."""
    risk = assess_risk(bad, OPERATOR, tmp_path)
    plan = listed_plan(bad, OPERATOR, run=make_plan(bad, OPERATOR, risk, load_prices(), Budget(1e9, first_year=2026)))
    chosen = [segment for work in plan.works for segment in work["segment_ids"]]
    assert sorted(chosen) == sorted(set(chosen)), "no pipe is renewed twice"
    assert set(chosen) <= set(SEGMENTS)
    assert {work["network"] for work in plan.works} <= {"water", "sewage", "gas"}
    assert all(work["cost_yuan"] > 0 and work["removed_yuan"] >= 0 for work in plan.works)
    assert plan.found["ways"][0]["cost_yuan"] == pytest.approx(sum(work["cost_yuan"] for work in plan.works))
    # 101 and the gas pipe have no size, 103 no length, and nothing has a year or a street.
    assert counts(plan.left_out) == {
        "renewal_length_unknown": 1, "renewal_size_unknown": 2, "renewal_street_unknown": 11,
        "renewal_year_unknown": 11,
    }  # fmt: skip
    at_once = proposed_plan(bad, OPERATOR, Budget(1e9, first_year=2026))
    assert [work["segment_ids"] for work in at_once.works] == [work["segment_ids"] for work in plan.works]
    with pytest.raises(BadQuestion, match="no pipe of network heat has a risk: name a network that is loaded"):
        make_plan(bad, OPERATOR, risk, load_prices(), Budget(1e6, network="heat"))


def test_risk_ranks_every_pipe_and_counts_what_it_assumed(bad, tmp_path) -> None:
    told = of_run(bad, assess_risk(bad, OPERATOR, tmp_path))
    assert (told["risk_material_unknown"], told["risk_size_unknown"], told["risk_zero_length"]) == (2, 2, 1)
    assert (told["risk_no_breaks"], told["risk_not_inspected"]) == (7, 4)
