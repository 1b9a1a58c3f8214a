"""The ledger: a problem is found at its place, worked on, and closed by the examination that no longer finds it."""

from __future__ import annotations

import json

import pytest

from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.problem_states import (
    CHANGES,
    BadChange,
    UnknownProblem,
    change_problems,
    problem,
    problems,
)
from cim.analytics.examination.register_file import load_register
from cim.codes import PROBLEM_STATES
from cim.store import Store
from cim.viewer import LOCAL, OPERATOR, Viewer

A, B, C = 11, 12, 13
WEST, EAST = 3, 4


@pytest.fixture
def examined(tmp_path):
    """Examine a city for a few indicators only: all of them take a second each time."""
    register = load_register("national-2025")
    kept = {"C11", "C12", "H07", "B26", "N03"}
    text = {"system": "few", "title": {"zh": "少数", "en": "Few"}, "year": 2026, "base": "national-2025"}
    path = tmp_path / "few.yaml"
    path.write_text(json.dumps(text | {"leave_out": sorted(set(register.indicators) - kept)}), encoding="utf-8")

    def examine(store, year, *, viewer=OPERATOR, again=False):
        return examine_city(store, viewer, year, system=str(path), again=again)

    return examine


def by_place(store, code: str) -> dict[int, dict]:
    return {row["feature_id"]: row for row in problems(store, OPERATOR, code=code)}


def open_care_near_b(store, publish, draw) -> None:
    """A facility beside B, and another within 500 m of C: nobody is without any more."""
    more = draw.facilities(("elderly_care", 800, 700, 500), ("elderly_care", 1500, 450, 500))
    draw.publish(store, publish, "facility", more.rename(index={100: 191, 101: 192}))


def test_shortfalls_are_entered_at_their_places(examined, tiny_city) -> None:
    run, _ = examined(tiny_city, 2026)
    care = by_place(tiny_city, "C11")
    assert set(care) == {B, C}
    row = care[B]
    assert (row["state"], row["theme"], row["unit_id"], row["unit"]) == ("open", "admin_unit", WEST, "西")
    assert (row["year_found"], row["year_seen"], row["run_id"]) == (2026, 2026, run)
    assert row["evidence"] == {"nearest_m": 671.0, "radius_m": 500}
    assert (row["deadline"], row["due_on"], row["candidate"], row["history"]) == ("best_effort", None, False, [])
    assert {row["candidate"] for row in problems(tiny_city, OPERATOR, code="H07")} == {True}
    # A share falls short in communities, not at a place.
    parks = by_place(tiny_city, "B26")
    assert set(parks) == {WEST, EAST}
    assert parks[WEST]["evidence"]["value"] == 50


def test_the_same_examination_enters_nothing_twice(examined, tiny_city) -> None:
    examined(tiny_city, 2026)
    before = problems(tiny_city, OPERATOR)
    examined(tiny_city, 2026, again=True)
    after = problems(tiny_city, OPERATOR)
    assert len(after) == len(before) > 5
    assert [row["state"] for row in after] == ["open"] * len(after)


def test_from_open_to_closed_by_the_next_examination(examined, tiny_city, publish, draw) -> None:
    examined(tiny_city, 2026)
    number = by_place(tiny_city, "C11")[B]["problem_id"]
    change_problems(tiny_city, OPERATOR, [number], "assigned", responsible="民政局", note="年内立项")
    change_problems(tiny_city, OPERATOR, [number], "done", note="已建成")
    examined(tiny_city, 2026, again=True)
    assert problem(tiny_city, OPERATOR, number)["state"] == "done"  # the year is not over: the data may be old
    open_care_near_b(tiny_city, publish, draw)
    examined(tiny_city, 2027)
    row = problem(tiny_city, OPERATOR, number)
    assert (row["state"], row["responsible"], row["year_seen"]) == ("closed", "民政局", 2026)
    assert [(change["from"], change["to"]) for change in row["history"]] == [
        ("open", "assigned"), ("assigned", "done"), ("done", "closed"),
    ]  # fmt: skip
    assert row["history"][-1]["note"] == "not found any more by the examination of 2027"
    assert by_place(tiny_city, "C11")[C]["state"] == "closed"
    # It closes down: found again.
    with tiny_city.connection(OPERATOR) as connection:
        connection.execute("DELETE FROM city.facility WHERE feature_id = 191")
    examined(tiny_city, 2028, again=True)
    assert problem(tiny_city, OPERATOR, number)["state"] == "reopened"
    # What is examined of an earlier year says nothing of a later one.
    examined(tiny_city, 2026, again=True)
    assert problem(tiny_city, OPERATOR, number)["year_seen"] == 2028


def test_what_is_said_to_be_done_and_is_not_is_reopened_a_year_later(examined, tiny_city) -> None:
    examined(tiny_city, 2026)
    number = by_place(tiny_city, "C11")[B]["problem_id"]
    change_problems(tiny_city, OPERATOR, [number], "done")
    examined(tiny_city, 2027)
    row = problem(tiny_city, OPERATOR, number)
    assert (row["state"], row["year_found"], row["year_seen"]) == ("reopened", 2026, 2027)


def test_candidates_that_a_survey_refutes_come_back_only_confirmed(examined, tiny_city, publish, draw) -> None:
    examined(tiny_city, 2026)
    lifts = by_place(tiny_city, "H07")
    assert set(lifts) == {200, 207}

    def survey(first: int, fault: bool, day: str) -> None:
        drawn = draw.rows("survey_finding", first, {"item": "age_friendly", "building_id": 200, "fault": fault})
        table = drawn.drop(columns=["day", "photo_file"]).assign(surveyed_on=day)
        publish(tiny_city, "survey_finding", table.astype({"building_id": "Int64"}))

    survey(801, fault=False, day="2026-02-01")
    examined(tiny_city, 2026)
    assert by_place(tiny_city, "H07")[200]["state"] == "dismissed"
    survey(802, fault=True, day="2026-03-01")
    examined(tiny_city, 2026)
    row = by_place(tiny_city, "H07")[200]
    assert (row["state"], row["candidate"]) == ("reopened", False)


def test_what_could_not_be_judged_stays_as_it_is(examined, tiny_city, publish, draw) -> None:
    examined(tiny_city, 2026)
    with tiny_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.building SET elevators = NULL WHERE feature_id = 200")
        connection.execute("DELETE FROM city.green_space")
    examined(tiny_city, 2027, again=True)
    assert by_place(tiny_city, "H07")[200]["state"] == "open"
    assert {row["state"] for row in by_place(tiny_city, "B26").values()} == {"open"}


def test_who_sees_less_neither_reads_nor_closes(examined, tiny_city, publish, draw, cluster) -> None:
    insider, passer_by = Viewer("insider", clearance=2), Viewer("passer-by", clearance=0)
    examined(tiny_city, 2026, viewer=insider)
    assert problems(tiny_city, LOCAL) == []
    with Store.open(cluster, tiny_city.city.slug, role="web") as web:
        count = "SELECT count(*) AS seen FROM result.problem_latest"
        assert web.rows(LOCAL, count)[0]["seen"] == 0
        assert web.rows(insider, count)[0]["seen"] > 3
    number = by_place(tiny_city, "C11")[B]["problem_id"]
    with pytest.raises(UnknownProblem, match=rf"no problem {number} in the ledger"):
        change_problems(tiny_city, LOCAL, [number], "done")
    open_care_near_b(tiny_city, publish, draw)
    examined(tiny_city, 2026, viewer=passer_by)
    assert problem(tiny_city, OPERATOR, number)["state"] == "open"


def test_states_change_as_the_flow_allows_all_or_none(examined, tiny_city) -> None:
    assert set(CHANGES) == set(PROBLEM_STATES)
    assert not any("closed" in changes for changes in CHANGES.values())
    examined(tiny_city, 2026)
    first, second = sorted(row["problem_id"] for row in problems(tiny_city, OPERATOR, code="C11"))
    change_problems(tiny_city, OPERATOR, [first], "dismissed", note="撤并")
    with pytest.raises(BadChange, match=f"problem {first} is dismissed and cannot become done: it can become open"):
        change_problems(tiny_city, OPERATOR, [second, first], "done")
    assert problem(tiny_city, OPERATOR, second)["state"] == "open"
    audit = tiny_city.rows(OPERATOR, "SELECT viewer, details FROM run.audit WHERE action = 'problem'")
    assert [(row["viewer"], row["details"]["state"]) for row in audit] == [("operator", "dismissed")]


def test_the_share_of_problems_solved_is_that_of_earlier_years(examined, tiny_city) -> None:
    examined(tiny_city, 2026)
    rows = problems(tiny_city, OPERATOR)
    one, other, *_ = (row["problem_id"] for row in rows if row["unit_id"] == WEST)
    change_problems(tiny_city, OPERATOR, [one], "done")
    change_problems(tiny_city, OPERATOR, [other], "dismissed")
    west = [row for row in rows if row["unit_id"] == WEST]
    query = "SELECT value, reason FROM result.indicator WHERE run_id = %(run)s AND code = 'N03' AND unit_id = 3"

    def share(year: int) -> dict:
        run, _ = examined(tiny_city, year)
        return tiny_city.rows(OPERATOR, query, {"run": run})[0]

    assert share(2026)["reason"] == "no_data:problem"
    found = share(2027)
    assert found["value"] == pytest.approx(100 / (len(west) - 1))
    # The ledger changed: the share is taken anew though no data was loaded.
    change_problems(tiny_city, OPERATOR, [one], "in_progress")
    assert share(2027)["value"] == 0


def test_the_ledger_on_the_command_line(run, tiny_city) -> None:
    city = ("--city", tiny_city.city.slug)
    run("examine", *city, "--year", 2026)
    said = run("problems", "list", *city, "--code", "C11").output
    assert "synthetic data (合成数据)" in said
    assert "radius_m 500, nearest_m 671" in said
    rows = [json.loads(line) for line in run("problems", "list", *city, "--json").output.splitlines()]
    assert {row["code"] for row in rows} >= {"C11", "C12", "B26", "H07", "D37"}
    number = next(row["problem_id"] for row in rows if row["code"] == "C12")
    assert (
        run("problems", "set", number, "--state", "done", "--note", "已建成", *city).output
        == "1 problem changed to done\n"
    )
    shown = " ".join(run("problems", "show", number, *city).output.split())
    assert "local, open → done: 已建成" in shown
    assert "nobody yet; usually civil affairs and education departments with the sub-district (民政、" in shown
    assert "infant care nearby; it may be shared (就近配建托育服务设施，可共享)" in shown
    assert next(row for row in rows if row["code"] == "D37")["advice"]["zh"] == "打通断头路，加密支路"
    assert "1 more: --limit" in run("problems", "list", *city, "--code", "C11", "--limit", 1).output
    refused = run("problems", "set", number, *city)
    assert refused.exit_code == 2
    assert "say what to change: --state, --responsible or --due" in refused.output
