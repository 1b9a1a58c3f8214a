"""Risk and plan of a city's own data: kept in its results, listed for a viewer, told on the command line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import openpyxl
import pandas as pd
import pytest
import shapely

from cim.analytics.errors import BadQuestion, NoNetworks
from cim.analytics.network.renewal.files import plan_xlsx
from cim.analytics.network.renewal.keeping import Budget, listed_plan, make_plan
from cim.analytics.network.renewal.summary import plan_summary
from cim.analytics.network.risk.assumptions import load_assumptions
from cim.analytics.network.risk.keeping import assess_risk
from cim.analytics.network.risk.listing import Wanted, listed_risk
from cim.analytics.results import Question, analysis
from cim.city import CityProfile, create_city
from cim.store import Store
from cim.tables import TABLES
from cim.viewer import LOCAL, OPERATOR

X, Y = 505000.0, 3271000.0
DAY = dt.date(2025, 6, 30)
ASSUMPTIONS = load_assumptions()


def line(*xy, z=199.0):
    return shapely.LineString([(X + x, Y + y, z) for x, y in xy])


@pytest.fixture(scope="module")
def street(cluster, publish, tmp_path_factory):
    """The street of `lay_street`, judged once."""
    grid = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    profile = CityProfile("risk_street", "风险街（合成数据）", "Street", grid, "1985", -36.0, synthetic=True)
    create_city(cluster, profile)
    with Store.open(cluster, profile.slug) as store:
        lay_street(store, publish)
        assess_risk(store, LOCAL, tmp_path_factory.mktemp("graphs"), ASSUMPTIONS, day=DAY)
        yield store
    cluster.drop_database(profile.database)


PIPES = {
    1: {"network": "water", "start_node_id": 101, "end_node_id": 102, "geom": line((0, 0), (100, 0)),
        "material": "cast_iron", "installed_year": 1960, "diameter_mm": 100.0, "road_name": "街"},
    2: {"network": "water", "start_node_id": 102, "end_node_id": 103, "geom": line((100, 0), (200, 0)),
        "material": "pe", "installed_year": 2015, "diameter_mm": 110.0, "road_name": "街"},
    3: {"network": "water", "start_node_id": 103, "end_node_id": 104, "geom": line((200, 0), (300, 0)),
        "road_name": "街"},
    4: {"network": "gas", "geom": line((0, 1), (100, 1)), "material": "cast_iron", "installed_year": 1990},
    5: {"network": "sewage", "start_node_id": 105, "end_node_id": 106, "geom": line((0, -6), (40, -6)),
        "material": "concrete", "installed_year": 1980, "diameter_mm": 400.0},
    6: {"network": "sewage", "start_node_id": 106, "end_node_id": 107, "geom": line((40, -6), (80, -6)),
        "material": "concrete", "installed_year": 1981, "diameter_mm": 400.0},
    7: {"network": "telecom", "kind": "duct", "geom": line((0, 9), (100, 9))},
    8: {"network": "water", "state": "abandoned", "geom": line((0, 3), (100, 3))},
    9: {"network": "water", "geom": line((50, 30), (50, 30)), "material": "steel", "installed_year": 2000},
}  # fmt: skip


def lay_street(store, publish):
    """A street with what its pipes are known by.

    ::

        9 ═══════════════ 7 telecom                                       9: a water pipe of no length
        1 ═══════════════ 4 gas, grey iron of 1990
        0 ═1═x═══2═══x═3═ water from the source in the west; iron of 1960 that broke three times, PE of 2015,
                          and a pipe of which neither material, year nor size is known. 10, 20 and 40 customers,
                          the last one a hospital.
       -6 ═5══6═          sewers to an outfall; 5 has a crack of grade 4 and a hidden branch, 6 was never seen
    """
    places = {101: (0, 0), 102: (100, 0), 103: (200, 0), 104: (300, 0), 105: (0, -6), 106: (40, -6), 107: (80, -6)}
    nodes = pd.DataFrame(
        {
            "network": ["water"] * 4 + ["sewage"] * 3,
            "is_source": [node == 101 for node in places],
            "is_sink": [node == 107 for node in places],
            "geom": [shapely.Point(X + x, Y + y, 199) for x, y in places.values()],
        },
        index=list(places),
    )
    publish(store, "pipe_node", nodes)
    frame = pd.DataFrame(list(PIPES.values()), index=list(PIPES)).fillna({"kind": "pipe", "state": "in_use"})
    for name in ("start_node_id", "end_node_id", "installed_year"):
        frame[name] = frame[name].astype("Int64")
    publish(store, "pipe_segment", frame)
    valves = {"network": "water", "kind": "valve", "state": "open", "operable": True, "node_id": [102, 103],
              "segment_id": [2, 3], "geom": shapely.points([(X + 100, Y, 199), (X + 200, Y, 199)])}  # fmt: skip
    publish(store, "pipe_device", pd.DataFrame(valves, index=[201, 202]))
    services = {"network": "water", "node_id": [102, 103, 104], "customers": [10, 20, 40], "residents": [25.0, 50, 100],
                "critical": [False, False, True]}  # fmt: skip
    publish(store, "service_connection", pd.DataFrame(services, index=[301, 302, 303]))
    days = [
        dt.date(*one) for one in ((2018, 3, 1), (2020, 7, 1), (2023, 1, 1), (1950, 1, 1), (2022, 1, 1), (1970, 1, 1))
    ]
    breaks = pd.DataFrame(
        {"segment_id": pd.array([1, 1, 1, 2, None, 5], "Int64"), "broke_on": days}, index=range(401, 407)
    )
    publish(store, "pipe_break", breaks)
    seen = {"segment_id": 5, "inspected_on": dt.date(2024, 5, 1), "defect_code": ["PL", "AJ"], "grade": [4, 1],
            "chainage_m": [5.0, 20.0]}  # fmt: skip
    publish(store, "pipe_inspection", pd.DataFrame(seen, index=[501, 502]))
    road = {"road_class": "arterial", "width_m": 8.0, "geom": [shapely.LineString([(X, Y, 200), (X + 300, Y, 200)])]}
    publish(store, "road_edge", pd.DataFrame(road, index=[601]))
    house = shapely.MultiPolygon([shapely.box(X + 10, Y + 3, X + 20, Y + 5)])
    publish(store, "building", pd.DataFrame({"geom": [house]}, index=[701]))
    return store


def listed(store, viewer=LOCAL, **wanted):
    return listed_risk(store, viewer, Wanted(**wanted), ASSUMPTIONS.renewal_rules)


def by_id(found):
    return {row["segment_id"]: row for row in found.segments}


def test_every_pipe_in_use_with_a_model_is_judged(street) -> None:
    found = listed(street)
    rows = by_id(found)
    assert sorted(rows) == [1, 2, 3, 4, 5, 6, 9]
    assert [row["rank"] for row in found.segments] == list(range(1, 8))
    assert found.next is None
    told = {name: rows[1][name] for name in ("customers_cut", "residents_cut", "critical_cut", "buildings", "breaks")}
    # No valve parts it from the source: all are cut off.
    assert told == {"customers_cut": 70, "residents_cut": 175.0, "critical_cut": 1, "buildings": 1, "breaks": 3}
    assert rows[2]["customers_cut"] == 60
    assert rows[3]["customers_cut"] == 40
    assert rows[1]["companions"] == rows[4]["companions"] == 1
    assert rows[1]["road_class"] == "arterial"
    assert {row["basis"] for row in rows.values() if row["network"] == "water"} == {"breaks"}
    assert rows[4]["basis"] == "published"
    assert (rows[5]["basis"], rows[6]["basis"]) == ("condition", "similar")
    # A crack of grade 4 under a main street: 0.7 * 10 + 0.1 * 6.
    assert rows[5]["repair_index"] == pytest.approx(7.6)
    assert rows[1]["failures_per_100km"] > 10 * rows[2]["failures_per_100km"]
    assert all(row["failures_low"] <= row["failures_per_100km"] <= row["failures_high"] for row in rows.values())
    assert all(row["rank_low"] <= row["rank"] <= row["rank_high"] for row in rows.values())


def test_costs_add_up_and_the_matrix_counts_every_pipe(street) -> None:
    found = listed(street)
    parts = ("repair", "supply", "critical", "road", "buildings", "companions", "hydraulics")
    for row in found.segments:
        assert sum(row[f"{part}_yuan"] for part in parts) == pytest.approx(row["yuan_per_failure"])
        assert row["loss_yuan"] == pytest.approx(row["failures_a_year"] * row["yuan_per_failure"])
    assert by_id(found)[1]["supply_yuan"] == 70 * 10 * 4
    cells = found.matrix["cells"]
    assert sum(cell["segments"] for cell in cells) == 7
    for cell in cells:
        within = listed(street, likelihood=cell["likelihood_class"], consequence=cell["consequence_class"]).segments
        assert len(within) == cell["segments"]
        assert {row["risk_class"] for row in within} == {cell["risk_class"]}
        assert (
            found.matrix["classes"][cell["likelihood_class"] - 1][cell["consequence_class"] - 1] == cell["risk_class"]
        )


def test_what_cannot_be_known_is_counted_and_said(street) -> None:
    left_out = {code: entry["count"] for code, entry in listed(street).left_out.items()}
    wanted = {
        "segment_not_in_use": 1, "risk_no_model": 1, "risk_zero_length": 1, "risk_break_without_pipe": 1,
        "risk_break_before_pipe": 2, "risk_material_unknown": 1, "risk_year_unknown": 1, "risk_not_inspected": 1,
        "risk_no_breaks": 1, "risk_not_judged": 3,
    }  # fmt: skip
    assert wanted.items() <= left_out.items()
    assert by_id(listed(street))[9]["failures_a_year"] == 0


def test_models_tell_what_they_rest_on(street) -> None:
    models = listed(street).models
    assert set(models) == {"water", "gas", "sewage"}
    assert models["water"]["record"]["breaks"] == 3
    assert models["gas"]["record"] is None
    assert models["sewage"]["hidden_branches"] == [5]
    assert models["sewage"]["grades"]["structural"] == [0, 0, 0, 1]
    assert set(listed(street, network="gas").models) == {"gas"}


def test_reasons_and_rules_in_words(street) -> None:
    rows = by_id(listed(street))
    codes = [reason["code"] for reason in rows[1]["reasons"]]
    assert "breaks" in codes or "material" in codes
    assert rows[4]["rule"]["state"] == "in_force"
    assert rows[4]["rule"]["title_zh"] == "灰口铸铁燃气管道应全部改造"
    # Older than 30 years, and it broke: a hazard on record.
    assert (rows[1]["rule"]["rule"], rows[1]["rule"]["state"]) == ("water_30_years", "in_force")
    assert rows[5]["rule"]["rule"] == "sewer_plain_concrete"
    assert sorted(row["segment_id"] for row in listed(street, rule_state="in_force").segments) == [1, 4, 5, 6]


def test_what_shares_a_trench_is_told(street) -> None:
    found = listed(street, segment=4)
    (beside,) = found.trench
    assert (beside["segment_id"], beside["network"], beside["apart_m"], beside["along_m"]) == (1, "water", 1.0, 100.0)
    assert beside["customers_cut"] == 70
    assert listed(street, segment=6).trench == []
    models = listed(street).models
    assert models["water"]["trenches"] == [{"network": "gas", "pipes": 1, "length_m": 100.0}]
    assert models["sewage"]["trenches"] == []


def test_pages_follow_one_another(street) -> None:
    every = listed(street).segments
    first = listed(street, limit=3)
    rest = listed(street, after=first.next)
    assert [*first.segments, *rest.segments] == every
    assert listed(street, segment=3).segments == [row for row in every if row["segment_id"] == 3]
    assert [row["network"] for row in listed(street, network="sewage").segments] == ["sewage"] * 2


def test_the_same_question_is_not_asked_twice(street, tmp_path) -> None:
    run = assess_risk(street, LOCAL, tmp_path, ASSUMPTIONS, day=DAY)
    assert not run.fresh
    # Another day of the year, on which the same rules hold, is no other question; another year is one.
    assert assess_risk(street, LOCAL, tmp_path, ASSUMPTIONS, day=dt.date(2025, 9, 1)) == run
    try:
        later = assess_risk(street, LOCAL, tmp_path, ASSUMPTIONS, day=dt.date(2026, 9, 1))
        assert later.fresh
        assert by_id(listed(street))[4]["rule"]["state"] == "lapsed"
    finally:
        assess_risk(street, LOCAL, tmp_path, ASSUMPTIONS, day=DAY, again=True)


def test_restricted_pipes_are_judged_for_those_who_may_see_them(database, publish, tmp_path) -> None:
    lay_street(database, publish)
    secret = {"network": "water", "classification": 2, "geom": [line((0, 60), (90, 60))], "material": "pe"}
    publish(database, "pipe_segment", pd.DataFrame(secret, index=[10]))
    run = assess_risk(database, OPERATOR, tmp_path, ASSUMPTIONS, day=DAY)
    assert 10 in by_id(listed(database, OPERATOR))
    assert listed(database).run is None
    make_plan(database, OPERATOR, run, ASSUMPTIONS, Budget(1e6))
    assert listed_plan(database, LOCAL).run is None
    assess_risk(database, LOCAL, tmp_path, ASSUMPTIONS, day=DAY)
    assert 10 not in by_id(listed(database))


def test_what_hydraulic_models_told_is_counted_in_and_makes_another_question(database, publish, tmp_path) -> None:
    """Shut, pipe 2 leaves 0.002 m3/s without water; 12 m3 leave the manhole at an end of both sewers.

    It reaches the street and two buildings, one of them told to operators only. A second model, of the combined
    drains, finds less water there, and the same buildings: they count once.
    """
    lay_street(database, publish)
    houses = {"geom": [shapely.MultiPolygon([shapely.box(X + x, Y + 3, X + x + 10, Y + 5)]) for x in (10, 30)],
              "residents": [30.0, 500.0], "classification": [0, 2]}  # fmt: skip
    publish(database, "building", pd.DataFrame(houses, index=[701, 702]))
    before = assess_risk(database, LOCAL, tmp_path, ASSUMPTIONS, day=DAY)
    assert {row["hydraulics_yuan"] for row in listed(database).segments} == {0}
    closure = {"segment_id": [2], "network": "water", "unmet_m3s": [0.002]}
    flood = {"node_id": [106], "network": "sewage", "head_m": 200.0, "depth_m": 1.0, "surcharge_m": 0.6,
             "flood_m3": 12.0, "flood_peak_m3s": 0.1, "flood_minutes": 5.0, "state": "flooded"}  # fmt: skip
    reached = {"node_id": 106, "feature_id": [601, 701, 702], "network": "sewage",
               "theme": ["road_edge", "building", "building"], "distance_m": 2.0, "reach_m": 9.0}  # fmt: skip
    runs = {
        ("pipe_closure", "water"): {"pipe_closure": closure},
        ("surcharge", "sewage"): {"node_surcharge": flood, "flood_contact": reached},
        ("surcharge", "combined"): {"node_surcharge": flood | {"flood_m3": 5.0}, "flood_contact": reached},
    }
    for (kind, subject), tables in runs.items():
        with analysis(database, LOCAL, Question(f"network.{kind}", subject, 1)) as kept:
            for table, rows in tables.items():
                kept.add(TABLES[f"result.{table}"], pd.DataFrame(rows))
    after = assess_risk(database, LOCAL, tmp_path, ASSUMPTIONS, day=DAY)
    assert after.fresh
    assert after.run_id != before.run_id
    found = listed(database)
    told = {row["segment_id"]: row["hydraulics_yuan"] for row in found.segments if row["hydraulics_yuan"]}
    wet = 12 * 500 * 0.1 + 8000 * 0.1
    assert told == pytest.approx({2: 0.002 * 3600 * 10 * 8, 5: wet, 6: wet})
    assert found.models["sewage"]["flooded"] == [
        {"segment_id": 5, "buildings": 1, "residents": 30.0}, {"segment_id": 6, "buildings": 1, "residents": 30.0}
    ]  # fmt: skip
    assess_risk(database, OPERATOR, tmp_path, ASSUMPTIONS, day=DAY)
    seen = listed(database, OPERATOR).models["sewage"]["flooded"][0]
    assert (seen["buildings"], seen["residents"]) == (2, 530.0)


def test_a_plan_is_kept_with_its_works(street, tmp_path) -> None:
    risk = assess_risk(street, LOCAL, tmp_path, ASSUMPTIONS, day=DAY)
    run = make_plan(street, LOCAL, risk, ASSUMPTIONS, Budget(yuan=700_000, first_year=2025))
    found = listed_plan(street, LOCAL)
    assert found.run["run_id"] == run
    assert found.asked["budget_yuan"] == 700_000
    works = found.works
    assert [work["number"] for work in works] == list(range(1, len(works) + 1))
    assert sum(work["cost_yuan"] for work in works) <= 700_000
    assert works[0]["forced"]
    assert {4} <= {segment for work in works for segment in work["segment_ids"]}
    ways = {way["way"]: way for way in found.found["ways"]}
    assert ways["plan"]["removed_yuan"] == pytest.approx(sum(work["removed_yuan"] for work in works))
    assert ways["plan"]["removed_yuan"] >= ways["age"]["removed_yuan"]
    first = listed_plan(street, LOCAL, limit=1)
    assert [*first.works, *listed_plan(street, LOCAL, after=first.next or 0).works] == list(works)
    only = Budget(yuan=500_000, network="sewage")
    make_plan(street, LOCAL, risk, ASSUMPTIONS, only)
    assert {work["network"] for work in listed_plan(street, LOCAL).works} == {"sewage"}
    with pytest.raises(BadQuestion, match="name a network that is loaded"):
        make_plan(street, LOCAL, risk, ASSUMPTIONS, Budget(yuan=1, network="heat"))


def test_a_plan_after_the_last_day_of_the_rules_says_that_none_is_in_force(street, tmp_path) -> None:
    """In 2025 a rule forces a grey cast iron pipe; in 2026 it has lapsed, and no other is made up."""
    told = {}
    try:
        for day in (DAY, dt.date(2026, 11, 26)):
            risk = assess_risk(street, LOCAL, tmp_path, ASSUMPTIONS, day=day)
            run = make_plan(street, LOCAL, risk, ASSUMPTIONS, Budget(yuan=700_000, first_year=day.year))
            told[day.year] = listed_plan(street, LOCAL, run=run)
            assert ("risk_rule_lapsed" in listed(street).left_out) == (day.year == 2026)
    finally:
        assess_risk(street, LOCAL, tmp_path, ASSUMPTIONS, day=DAY, again=True)
    then, now = (told[year].found["rules"] for year in (2025, 2026))
    assert {row["state"] for row in then} == {"in_force"}
    assert {(row["state"], row["last_day"], row["source"]) for row in now} == {
        ("lapsed", "2025-12-31", "国办发〔2022〕22号")
    }
    count = told[2026].left_out["renewal_rule_lapsed"]["count"]
    assert count == sum(row["pipes"] for row in now) >= sum(row["pipes"] for row in then) > 0
    assert "renewal_rule_lapsed" not in told[2025].left_out
    assert not any(work["forced"] for work in told[2026].works)
    said = {year: "\n".join(str(one) for one in plan_summary(plan).renderables) for year, plan in told.items()}
    assert "No rule of renewal that names these pipes is in force" in said[2026]
    assert "lapsed (2022-06-10 – 2025-12-31, unverified)" in said[2026]
    assert "No rule of renewal" not in said[2025]
    book = openpyxl.load_workbook(io.BytesIO(plan_xlsx(told[2026])))
    notes = [row[0] for row in book["说明"].iter_rows(values_only=True)]
    assert any("改造规定均已过期" in note for note in notes)
    assert any("已过期" in note and "2025-12-31" in note for note in notes)


def test_a_city_without_pipes_and_one_of_cables_alone(database, publish, tmp_path) -> None:
    with pytest.raises(NoNetworks):
        assess_risk(database, LOCAL, tmp_path)
    assert listed(database).run is None
    assert listed_plan(database, LOCAL).run is None
    publish(database, "pipe_segment", pd.DataFrame([{"network": "power", "geom": line((0, 0), (9, 0))}], index=[1]))
    run = assess_risk(database, LOCAL, tmp_path)
    found = listed(database)
    assert (found.segments, found.matrix["cells"]) == ([], [])
    assert found.left_out["risk_no_model"]["count"] == 1
    with pytest.raises(BadQuestion, match="no pipe of network any has a risk"):
        make_plan(database, LOCAL, run, ASSUMPTIONS, Budget(yuan=1))
    gone = {"network": "gas", "state": "abandoned", "geom": line((0, 0), (9, 0))}
    publish(database, "pipe_segment", pd.DataFrame([gone], index=[1]))
    assess_risk(database, LOCAL, tmp_path)
    assert listed(database).segments == []
    assert listed(database).left_out["segment_not_in_use"]["count"] == 1


def test_commands_print_and_tell_machines(street, run, tmp_path) -> None:
    slug = street.city.slug
    shown = run("network", "risk", "--city", slug, "--as-of", "2025-06-30")
    assert shown.exit_code == 0, shown.output
    for words in (
        "yuan a failure",
        "The 7 gravest",
        "water: 3 breaks",
        "too few to judge",
        "water shares its trench over 0.1 km with gas",
        "risk: 1 × breaks that name",
    ):
        assert words in shown.output
    answer = json.loads(run("network", "risk", "--city", slug, "--as-of", "2025-06-30", "--json", "--top", 2).output)
    assert len(answer["segments"]) == 2
    gas = next(row for row in listed(street).segments if row["network"] == "gas")
    shown = run("network", "risk", "--city", slug, "--as-of", "2025-06-30", "--segment", gas["segment_id"]).output
    assert "The 1 gravest" in shown
    assert "In its trench, which its failure may take with it" in shown
    asked = ("network", "risk", "--city", slug, "--as-of", "2025-06-30")
    before = json.loads(run(*asked, "--json", "--top", 100).output)["segments"]
    worst = next(row for row in before if row["network"] == "water")
    anew = json.loads(run(*asked, "--renewed", worst["key"], "--renewed-as", "pe", "--json").output)
    assert anew["run"] is None
    (renewed,) = [row for row in anew["segments"] if row["segment_id"] == worst["segment_id"]]
    assert (renewed["material"], renewed["installed_year"]) == ("pe", 2025)
    assert renewed["failures_a_year"] < worst["failures_a_year"]
    assert "Computed at once, nothing is kept." in run(*asked, "--renewed", worst["segment_id"]).output
    assert "ask of what is kept" in run(*asked, "--renewed", worst["segment_id"], "--again").output
    assert "name pipes with --renewed" in run(*asked, "--renewed-as", "pe").output
    asked = ("network", "plan", "--city", slug, "--as-of", "2025-06-30", "--budget", "500000")
    shown = run(*asked)
    assert shown.exit_code == 0, shown.output
    assert "by age (按管龄)" in shown.output
    for ending in ("csv", "xlsx", "json"):
        run(*asked, "--out", tmp_path / f"plan.{ending}")
    told = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    rows = list(csv.reader(io.StringIO((tmp_path / "plan.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0][:4] == ["序号", "年份", "管网", "道路"]
    assert [row[0] for row in rows[1:]] == [str(work["number"]) for work in told["works"]]
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    assert book.sheetnames == ["改造工程", "比选", "说明"]
    assert book["改造工程"].max_row == len(rows)
    assert [row[0] for row in book["比选"].iter_rows(min_row=2, values_only=True)] == [
        "按单位投资削减的风险",
        "按风险排序",
        "按管龄",
    ]
