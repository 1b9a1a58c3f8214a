"""What a failure costs and whom it cuts off, by hand and against the answer for one burst; trenches, ranks, rules."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim.analytics.errors import BadAssumption
from cim.analytics.network.bursts.isolation import isolation
from cim.analytics.network.renewal.selection import EXACT_UP_TO
from cim.analytics.network.risk.assumptions import load_assumptions
from cim.analytics.network.risk.break_model import Rates
from cim.analytics.network.risk.consequence import PARTS, consequences, flood_reach
from cim.analytics.network.risk.covariates import covariates
from cim.analytics.network.risk.misconnections import signs
from cim.analytics.network.risk.outages import outages
from cim.analytics.network.risk.ranking import ranked
from cim.analytics.network.risk.reasons import WORDS, reasons, told, with_sign
from cim.analytics.network.risk.rules import named_by_rules
from cim.analytics.network.risk.surroundings import buildings_near, road_above
from cim.analytics.network.risk.trenches import trench_pairs
from cim.analytics.network.valve_parts import valve_parts

ASSUMPTIONS = load_assumptions()
NO_PAIRS = pd.DataFrame({"one": np.zeros(0, np.int64), "other": np.zeros(0, np.int64)})


def described(**columns: object) -> pd.DataFrame:
    """Pipes of which nothing is known but what is told."""
    nothing = {
        "network": "water", "size_mm": np.nan, "depth_m": np.nan, "road_class": None, "buildings": 0,
        "customers_cut": np.nan, "critical_cut": np.nan, "unmet_m3s": np.nan, "flood_m3": np.nan,
        "flood_buildings": np.nan, "flood_residents": np.nan,
    }  # fmt: skip
    return pd.DataFrame(nothing | columns)


def test_cost_by_hand():
    """A water main DN300 under a local street, 2 m deep, with a gas pipe DN100 in its trench.

    ::

        repair      12,000 + 40 * 200 mm + 4,000 * 1 m                   = 24,000
        supply      50 customers * 10 h * 4                              =  2,000
        critical    one * 10 h * 3,000                                   = 30,000
        street                                                             15,000
        buildings   2 * 2,000                                            =  4,000
        companion   0.05 * (20,000 + 10 customers * 12 h * 3)            =  1,018
    """
    pipes = described(
        network=["water", "gas"], size_mm=[300.0, 100.0], depth_m=[2.0, 1.0], road_class=["local", None],
        buildings=[2, 0], customers_cut=[50.0, 10.0], critical_cut=[1.0, 0.0],
    )  # fmt: skip
    pairs = pd.DataFrame({"one": [0], "other": [1]})
    found = consequences(pipes, pairs, ASSUMPTIONS)
    assert [found[f"{part}_yuan"][0] for part in PARTS] == pytest.approx(
        [24_000, 2_000, 30_000, 15_000, 4_000, 1_018, 0]
    )
    assert found["yuan_per_failure"][0] == pytest.approx(76_018)
    assert found["companions_yuan"][1] == pytest.approx(0.03 * (24_000 + 2_000 + 30_000))
    assert found["companions"].tolist() == [1, 1]


def test_what_is_not_known_costs_nothing_but_the_repair():
    found = consequences(described(network=["water"]), NO_PAIRS, ASSUMPTIONS)
    assert found["yuan_per_failure"].tolist() == [12_000]


def test_hydraulics_add_what_they_told():
    """0.01 m3/s not met for 10 h at 8 yuan; 30 m3 of flood at 500 yuan, with the chance of a storm of a tenth."""
    pipes = described(network=["water", "storm"], unmet_m3s=[0.01, np.nan], flood_m3=[np.nan, 30.0])
    found = consequences(pipes, NO_PAIRS, ASSUMPTIONS)
    assert found["hydraulics_yuan"].tolist() == pytest.approx([0.01 * 36_000 * 8, 1_500])


def test_buildings_that_the_flood_reaches_cost_and_are_told_with_their_people():
    """3 buildings at 8,000 yuan, with the chance of a storm of a tenth, beside 30 m3 of flood at 500."""
    pipes = described(
        segment_id=[7, 8, 9], network="storm", flood_m3=[30.0, 30.0, np.nan], flood_buildings=[3.0, np.nan, 4.0],
        flood_residents=[45.0, np.nan, np.nan],
    )  # fmt: skip
    found = consequences(pipes, NO_PAIRS, ASSUMPTIONS)
    assert found["flooded_yuan"].tolist() == pytest.approx([2_400, 0, 3_200])
    assert found["hydraulics_yuan"].tolist() == pytest.approx([2_400 + 1_500, 1_500, 3_200])
    assert found["yuan_per_failure"].tolist() == pytest.approx(found[[f"{part}_yuan" for part in PARTS]].sum(axis=1))
    assert flood_reach(pipes) == {
        "flooded": [
            {"segment_id": 9, "buildings": 4, "residents": None},
            {"segment_id": 7, "buildings": 3, "residents": 45.0},
        ],
        "flooded_count": 2,
    }


networks = st.integers(4, 9).flatmap(
    lambda nodes: st.tuples(
        st.just(nodes),
        st.lists(st.tuples(st.integers(1, nodes), st.integers(1, nodes)).filter(lambda ends: ends[0] != ends[1]),
                 min_size=3, max_size=12),
        st.sets(st.integers(1, nodes), min_size=0, max_size=2),
        st.data(),
    )
)  # fmt: skip


@given(networks)
def test_who_is_cut_off_is_what_one_burst_says(graph_of, drawn):
    """Oracle: `isolation`, which finds valves and what lies beyond by search, for each segment by itself."""
    nodes, segments, sources, data = drawn
    ends = [(end, 1001 + number) for number, pair in enumerate(segments) for end in pair]
    valves = data.draw(st.lists(st.sampled_from(ends), unique=True, min_size=1, max_size=6))
    half = data.draw(st.integers(0, len(valves)))
    stuck = data.draw(st.sets(st.integers(5001, 5000 + len(valves)), max_size=2))
    graph = graph_of(
        nodes, segments, sources=sources, customers=list(range(1, nodes + 1)), valves=valves[:half],
        open_valves=valves[half:], stuck=stuck,
    )  # fmt: skip
    found, left_out = outages(graph)
    assert left_out == {}
    parts = valve_parts(graph)
    for place, segment in enumerate(graph.segment_id.tolist()):
        if graph.closed[place]:
            assert found.loc[segment, "customers_cut"] == 0
            continue
        one = isolation(graph, parts, segment)
        assert found.loc[segment, "customers_cut"] == one.isolated.customers + one.beyond.customers
        assert found.loc[segment, "residents_cut"] == one.isolated.residents + one.beyond.residents
        assert found.loc[segment, "critical_cut"] == one.isolated.critical + one.beyond.critical


def test_without_valves_only_the_pipe_itself_is_taken_out(graph_of):
    """Source 1 ── 2 ── 3, and 2 ── 4: a break at the end cuts off the end."""
    found, left_out = outages(graph_of(4, [(1, 2), (2, 3), (2, 4)], sources=[1], customers=[0, 1, 2, 4]))
    assert found["customers_cut"].tolist() == [7, 2, 4]
    assert left_out == {"risk_no_valves": 3}


def test_nobody_knows_customers_that_no_register_tells(graph_of):
    graph = graph_of(2, [(1, 2)], sources=[1], customers=[0, 0], open_valves=[(1, 1001)])
    bare = dataclasses.replace(graph, connections=np.zeros(2, np.int64), residents_known=np.zeros(2, np.int64))
    assert outages(bare)[0].isna().all(axis=None)


def laid(*lines: tuple[str, list[tuple[float, float]], float]) -> pd.DataFrame:
    """Pipes by network, places and height."""
    return pd.DataFrame(
        {
            "network": [network for network, _, _ in lines],
            "level_m": [level for _, _, level in lines],
            "geom": [shapely.LineString(places) for _, places, _ in lines],
        }
    )


def test_trenches_by_hand():
    """
    ::

        0 water along x;  1 gas 1 m beside it;  2 sewer 1.2 m beside it but 3 m below;  3 telecom across
        4 water 0.5 m beside 0: its own network;  5 heat 1.4 m beside 0 over its last 3 m only;  6 storm 2 m beside
    """
    pipes = laid(
        ("water", [(0, 0), (20, 0)], 200.0), ("gas", [(0, 1), (20, 1)], 200.2),
        ("sewage", [(0, -1.2), (20, -1.2)], 197.0), ("telecom", [(10, -10), (10, 10)], 200.0),
        ("water", [(0, 0.5), (20, 0.5)], 200.0),
        ("heat", [(17, -1.4), (40, -1.4)], np.nan), ("storm", [(0, -2.01), (20, -2.01)], 200.0),
    )  # fmt: skip
    found = trench_pairs(pipes, ASSUMPTIONS)
    pairs = set(zip(found["one"], found["other"], strict=True))
    assert pairs == {(0, 1), (1, 4), (0, 5), (2, 5), (5, 6)}
    assert found.set_index(["one", "other"]).loc[(0, 1)].tolist() == pytest.approx([1.0, 20.0])
    # Of points at each fifth of the 20 m main the last alone lies so near.
    assert found.set_index(["one", "other"]).loc[(0, 5), "along_m"] == pytest.approx(4.0)


def test_street_above_and_buildings_beside():
    pipes = laid(
        ("water", [(0, 0), (10, 0)], 0), ("water", [(0, 8.9), (10, 8.9)], 0), ("gas", [(0, 9.1), (10, 9.1)], 0)
    )
    line = shapely.LineString([(-50, 0), (50, 0)])
    roads = pd.DataFrame({"road_class": ["arterial"], "width_m": [np.nan], "geom": [line]})
    # Half of 12 m and 3 m beside.
    assert road_above(pipes, roads, ASSUMPTIONS).tolist() == ["arterial", "arterial", None]
    houses = pd.DataFrame({"geom": [shapely.box(0, 13, 5, 20), shapely.box(20, 0, 30, 5)]})
    assert buildings_near(pipes, houses, ASSUMPTIONS).tolist() == [0, 1, 1]


def test_ranks_and_classes_by_hand():
    """Three pipes of 1 km: 10, 20 and 1 failures per 100 km and year at 100,000, 40,000 and 400,000 yuan."""
    mean = np.array([0.10, 0.20, 0.01])
    found = ranked(np.full(3, 1000.0), Rates(mean, mean / 4, mean * 2), np.array([1e5, 4e4, 4e5]), ASSUMPTIONS)
    assert found["loss_yuan"].tolist() == pytest.approx([10_000, 8_000, 4_000])
    assert found["rank"].tolist() == [1, 2, 3]
    # 16,000 would be first, 2,000 last; 8,000 is as much as the second.
    assert found["rank_low"].tolist() == [1, 1, 2]
    assert found["rank_high"].tolist() == [3, 3, 3]
    assert found["likelihood_class"].tolist() == [3, 3, 1]
    assert found["consequence_class"].tolist() == [3, 2, 5]
    assert found["risk_class"].tolist() == [3, 2, 3]
    assert found["failures_a_year"].tolist() == pytest.approx([0.1, 0.2, 0.01])


def test_reasons_are_the_strongest_three_and_said_in_both_languages():
    factors = pd.DataFrame(
        {"material": [0.9, 0.05], "age": [0.5, np.nan], "supply": [0.7, 0.1], "critical": [1.2, 0.0]}
    )
    values = pd.DataFrame(
        {"material": ["cast_iron", "pe"], "age": [41.0, np.nan], "supply": [120, 0], "critical": [2, 0]}
    )
    found = reasons(factors, values)
    assert found == ["critical=2;material=cast_iron;supply=120", ""]
    words = told(found[0])
    assert [word["code"] for word in words] == ["critical", "material", "supply"]
    assert words[1]["zh"] == "管材：灰口铸铁"
    assert words[1]["en"] == "material: cast iron"
    assert all(zh != en for zh, en in WORDS.values())


RULES = ASSUMPTIONS.renewal_rules


def test_rules_hold_on_their_days_and_name_candidates():
    """Gas: iron; steel of 19 and 21 years, with a hazard and without. Water: iron with a lining, without, unknown."""
    pipes = pd.DataFrame(
        {
            "network": ["gas"] * 4 + ["water"] * 3 + ["heat"],
            "material": ["cast_iron", "steel", "steel", "steel", "cast_iron", "cast_iron", "cast_iron", None],
            "lining": [None] * 4 + ["cement", "none", None, None],
            "installed_year": [np.nan, 2006.0, 2004.0, 2004.0, 2015.0, 2015.0, 2015.0, np.nan],
            "misconnection": None,
        }
    )
    hazard = np.array([False, True, True, False, False, False, False, True])
    found = named_by_rules(pipes, hazard, RULES, dt.date(2025, 6, 30))
    assert found.rule.tolist() == [
        "gas_grey_iron", None, "gas_20_years", "gas_20_years", None, "water_grey_iron", "water_grey_iron", None,
    ]  # fmt: skip
    assert found.state.tolist() == [
        "in_force", None, "in_force", "candidate", None, "in_force", "candidate", None,
    ]  # fmt: skip
    later = named_by_rules(pipes, hazard, RULES, dt.date(2026, 1, 1))
    # Steel of 2006 is 20 years old by then.
    assert later.rule.tolist() == [*found.rule[:1].tolist(), "gas_20_years", *found.rule[2:].tolist()]
    assert set(later.state.tolist()) == {"lapsed", None}


def test_misconnections_name_sewers():
    """By a hand-over, a hidden branch, the same in concrete, a hand-over of an old one; a sound sewer; a water main."""
    seen = pd.DataFrame({"hidden_branch": [True, True, False, True]}, index=[2, 3, 5, 6])
    ways = [(1, "storm_to_sewage"), (1, "unknown"), (4, "unknown")]
    sign = signs([{"segment_id": one, "direction": way} for one, way in ways], seen, np.arange(1, 7))
    pipes = pd.DataFrame(
        {
            "network": ["sewage", "combined", "storm", "storm", "sewage", "water"],
            "material": ["pe", "pe", "concrete", "pe", "pe", "pe"],
            "lining": None,
            "installed_year": [2015.0, np.nan, 2015.0, 1965.0, 2015.0, 2015.0],
            "misconnection": sign,
        }
    )
    assert sign.tolist() == [
        "storm_to_sewage", "hidden_branch", "hidden_branch", "direction_unknown", None, "hidden_branch",
    ]  # fmt: skip
    found = named_by_rules(pipes, np.zeros(6, np.bool_), RULES, dt.date(2025, 6, 30))
    # A hidden branch is no proof: what is known for sure of the concrete goes before it.
    assert found.rule.tolist() == [
        "sewer_misconnection", "sewer_misconnection", "sewer_plain_concrete", "sewer_misconnection", None, None,
    ]  # fmt: skip
    assert found.state.tolist() == ["in_force", "candidate", "in_force", "in_force", None, None]
    assert named_by_rules(pipes, np.zeros(6, np.bool_), RULES, dt.date(2026, 1, 1)).state[0] == "lapsed"
    texts = with_sign(["age=9", "", "", "", "age=9"], "misconnection", sign[:5])
    assert texts[:2] == ["age=9;misconnection=storm_to_sewage", "misconnection=hidden_branch"]
    assert texts[4] == "age=9"
    words = told(texts[0])[1]
    assert (words["zh"], words["en"]) == ("雨污混接：雨水接入污水管", "misconnection: storm to sewage")


def test_a_citys_rules_may_know_no_misconnections_but_must_know_hazards(tmp_path):
    head = "rule,network,materials,lining,least_age_years,hazard,from,to,title_zh,title_en,source,confidence,status"
    text = f"{head}\nold,sewage,*,,40,,,,旧管,Old,ours,V,verified\n"
    (tmp_path / "renewal_rules.csv").write_text(text, encoding="utf-8")
    pipes = described(network=["sewage"], material="pe", lining=None, installed_year=1980.0)
    own = load_assumptions(tmp_path).renewal_rules
    assert named_by_rules(pipes, np.zeros(1, np.bool_), own, dt.date(2026, 1, 1)).rule.tolist() == ["old"]
    (tmp_path / "renewal_rules.csv").write_text(text.replace(",hazard,", ",danger,"), encoding="utf-8")
    with pytest.raises(BadAssumption, match="line 1: column hazard is missing"):
        load_assumptions(tmp_path)


def test_every_rule_and_rate_says_where_it_comes_from():
    for row in (*RULES, *ASSUMPTIONS.break_rates, *ASSUMPTIONS.defects):
        assert row["source"]
        assert row["confidence"] in {"V", "R", "assumed"}
        assert row["status"] == "unverified"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("consequence: {hours: {water: many}}", "consequence.hours.water: 'many' is not of the kind of 10"),
        ("consequence: {hour: {water: 1}}", "consequence: hour is no known entry: known are hours,"),
        ("matrix: {likelihood: [1, 2, 2, 3]}", "matrix.likelihood: give four ascending numbers"),
        ("matrix: {classes: [[1]]}", "matrix.classes: give five rows"),
        ("- 1", "is no mapping"),
        ("a: [", "is no YAML"),
        ("consequence: {hours: {water: }}", "consequence.hours.water: None is not of the kind of 10"),
        ("consequence: {critical_hour_yuan: -1}", "consequence.critical_hour_yuan: -1.0 is out of range"),
        ("likelihood: {priors: {age: {sd: 0}}}", "likelihood.priors.age.sd: 0.0 is out of range"),
        ("matrix: {classes: [1, 2, 3, 4, 5]}", "matrix.classes: give five rows"),
        ("record: {from: the first}", "record.from: 'the first' is no day"),
        ("record: {to: [2020]}", "record.to: [2020] is no day"),
        ("record: {holdout_share: 30}", "record.holdout_share: 30 is out of range"),
    ],
)
def test_a_citys_assumptions_that_cannot_be_used(tmp_path, text, said):
    (tmp_path / "risk.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadAssumption, match=r"risk\.yaml") as caught:
        load_assumptions(tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize("rate", ["many", "-1", "nan", "inf"])
def test_a_citys_rates_that_are_none(tmp_path, rate):
    text = f"network,material,per_100km,sd_log,source,confidence,status\nwater,pe,{rate},1,ours,V,verified\n"
    (tmp_path / "break_rates.csv").write_text(text, encoding="utf-8")
    pipes = described(network=["water"], material="pe", installed_year=2000.0, pressure_mpa=0.4, soil=None)
    with pytest.raises(BadAssumption, match=r"break_rates\.csv: line 2: "):
        covariates(pipes, load_assumptions(tmp_path))


def test_a_city_replaces_what_it_tells_and_no_more(tmp_path):
    (tmp_path / "risk.yaml").write_text("consequence: {hours: {water: 6}}", encoding="utf-8")
    own = load_assumptions(tmp_path)
    assert own.price("consequence", "hours") == ASSUMPTIONS.price("consequence", "hours") | {"water": 6}
    assert own.replaced == ["risk.yaml"]
    assert own.digest != ASSUMPTIONS.digest
    (tmp_path / "break_rates.csv").write_text("network,material\nwater,pe\n", encoding="utf-8")
    with pytest.raises(BadAssumption, match=r"break_rates.csv: line 1: column .*per_100km"):
        load_assumptions(tmp_path)


def test_the_page_says_what_the_file_says():
    page = (Path(__file__).parents[3] / "docs" / "methods" / "risk.md").read_text(encoding="utf-8")
    trench, told = ASSUMPTIONS.price("consequence", "trench"), ASSUMPTIONS.price
    assert f"within {trench['apart_m']:g} m in plan" in page
    assert f"at least {trench['along_m']:g} m" in page
    assert f"few_breaks` ({told('likelihood', 'few_breaks')})" in page
    assert f"The last {told('record', 'holdout_share'):.0%}".replace("%", " %") in page
    assert "works of {} to {} m".format(*told("renewal", "length_m")) in page
    assert f"({told('renewal', 'new_failures_per_100km'):g} failure per 100 km and year)" in page
    assert f"discounted by {told('renewal', 'discount'):.0%}".replace("%", " %") in page
    assert f"{told('consequence', 'critical_hour_yuan'):,} yuan" in page
    assert f"{told('consequence', 'flooded_building_yuan'):,} yuan" in page
    assert f"up to {EXACT_UP_TO:,} works" in page
    for row in ASSUMPTIONS.break_rates:
        if row["confidence"] == "V":
            assert row["per_100km"] in page
