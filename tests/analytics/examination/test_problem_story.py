"""One problem from the first examination to next year's check, and the year after: as docs/analyst.md tells it."""

from __future__ import annotations

import json

import pytest

from cim.analytics.errors import NoExamination
from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.problem_checks import checked_problems
from cim.analytics.examination.problem_states import change_problems, problem, problems
from cim.analytics.examination.projects import project_list
from cim.analytics.examination.register_file import load_register
from cim.viewer import OPERATOR

A, B, C = 11, 12, 13


@pytest.fixture
def system(tmp_path) -> str:
    """Only elderly care and infant care."""
    every = load_register("national-2024").indicators
    text = {"system": "few", "title": {"zh": "少数", "en": "Few"}, "year": 2026, "base": "national-2024"}
    path = tmp_path / "few.yaml"
    path.write_text(json.dumps(text | {"leave_out": sorted(set(every) - {"C11", "C12"})}), encoding="utf-8")
    return str(path)


def outcomes(store, year: int) -> dict[int, str]:
    return {row["problem_id"]: row["outcome"] for row in checked_problems(store, OPERATOR, year)}


def test_one_problem_from_the_map_to_next_years_check(tiny_city, system, publish, draw) -> None:
    # 2026: compound B has no elderly care within 500 m. It stands in the ledger, and in a project.
    examine_city(tiny_city, OPERATOR, 2026, system=system)
    by_place = {row["feature_id"]: row["problem_id"] for row in problems(tiny_city, OPERATOR, code="C11")}
    number, other = by_place[B], by_place[C]
    project = next(one for one in project_list(tiny_city, OPERATOR).projects if number in one.problems)
    assert (project.work, project.mends) == ("services", ["C11"])
    # People take it on, and say that it is done; the other one they only say so of.
    change_problems(tiny_city, OPERATOR, [number], "assigned", responsible="民政局", who="张工")
    change_problems(tiny_city, OPERATOR, [number], "in_progress")
    change_problems(tiny_city, OPERATOR, [number, other], "done", note="已建成投用")
    with pytest.raises(NoExamination, match="no examination of 2027"):
        checked_problems(tiny_city, OPERATOR, 2027)
    # 2027: a place for the old was opened beside B. The examination has looked: B is closed, C is not.
    care = draw.facilities(("elderly_care", 800, 700, 500)).rename(index={100: 191})
    draw.publish(tiny_city, publish, "facility", care)
    run, _ = examine_city(tiny_city, OPERATOR, 2027, system=system)
    row = problem(tiny_city, OPERATOR, number)
    assert (row["state"], row["year_seen"], row["year_judged"]) == ("closed", 2026, 2027)
    assert [change["to"] for change in row["history"]] == ["assigned", "in_progress", "done", "closed"]
    last = row["history"][-1]
    assert (last["by"], last["year"], last["run"]) == ("examination", 2027, run)
    assert problem(tiny_city, OPERATOR, other)["state"] == "reopened"
    assert outcomes(tiny_city, 2027) == {number: "closed", other: "found_again"}
    # 2028: looked at again, and still gone; the place closes down, and in 2029 the problem is back.
    examine_city(tiny_city, OPERATOR, 2028, system=system)
    assert problem(tiny_city, OPERATOR, number)["year_judged"] == 2028
    assert outcomes(tiny_city, 2028) == {number: "still_gone"}
    with tiny_city.connection(OPERATOR) as connection:
        connection.execute("DELETE FROM city.facility WHERE feature_id = 191")
    examine_city(tiny_city, OPERATOR, 2029, system=system, again=True)
    assert problem(tiny_city, OPERATOR, number)["state"] == "reopened"
    assert outcomes(tiny_city, 2029) == {number: "found_again"}


def test_what_next_year_could_not_judge_is_told_so(tiny_city, system, run) -> None:
    """The only place within reach of C is of unknown size now: whether it is enough nobody can tell."""
    examine_city(tiny_city, OPERATOR, 2026, system=system)
    number = next(row["problem_id"] for row in problems(tiny_city, OPERATOR, code="C11") if row["feature_id"] == C)
    change_problems(tiny_city, OPERATOR, [number], "done")
    with tiny_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.facility SET area_m2 = NULL WHERE kind = 'elderly_care'")
    examine_city(tiny_city, OPERATOR, 2027, system=system, again=True)
    row = problem(tiny_city, OPERATOR, number)
    assert (row["state"], row["year_judged"]) == ("done", 2026)
    assert outcomes(tiny_city, 2027) == {number: "not_judged"}
    with tiny_city.connection(OPERATOR) as connection:  # the command line sees what is internal
        connection.execute("UPDATE run.analysis SET classification = 1")
    said = [
        " ".join(line.split())
        for line in run("problems", "checked", "--year", 2027, "--city", tiny_city.city.slug).output.splitlines()
    ]
    assert "1 could not be judged: stays as it was (未能判断，保持原状态)" in said
    assert any(line.startswith(f"{number} C11 admin_unit 13 东 2026 could not be judged") for line in said)
