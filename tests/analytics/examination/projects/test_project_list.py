"""Projects from problems: what they mend, what they cost and who sees to them, worked out by hand."""

from __future__ import annotations

import datetime as dt
import io
import json

import openpyxl
import pytest

from cim.analytics.errors import BadRules
from cim.analytics.examination.problem_states import change_problems, problems
from cim.analytics.examination.projects import project_list
from cim.analytics.examination.projects.catalogue import Catalogue, load_catalogue
from cim.analytics.examination.projects.files import projects_json, projects_xlsx
from cim.analytics.examination.register_file import load_register
from cim.viewer import OPERATOR, Viewer

WEST, EAST, A, B, C = 3, 4, 11, 12, 13


@pytest.fixture(scope="module")
def found(town):
    """The projects of the town."""
    return project_list(town, OPERATOR)


def one(found, number):
    (project,) = (each for each in found.projects if each.number == number)
    return project


def test_each_problem_is_in_one_project(found, town) -> None:
    solved = sorted(number for each in found.projects for number in each.problems)
    assert solved == sorted(row["problem_id"] for row in problems(town, OPERATOR))
    assert found.about["problems"] == len(solved)
    assert (found.about["year"], found.about["system"], found.about["synthetic"]) == (2026, "few", True)


def test_a_compounds_homes_are_a_project_of_their_own(found) -> None:
    """One house in A without a lift, and two that need none; another in C."""
    homes = one(found, f"compounds-{A}/homes")
    assert (homes.area_name.zh, homes.unit.zh, homes.unit_id, homes.mends) == (f"小区{A}", "西", WEST, ["H07"])
    assert (len(homes.problems), homes.candidates) == (1, 1)
    assert (homes.low_cny, homes.high_cny, homes.uncosted) == (400_000, 1_500_000, 0)
    assert (homes.items[0].amount, homes.items[0].status) == (1, "unverified")
    assert (homes.responsible.zh, homes.named) == ("住房城乡建设部门、街道办事处", False)
    assert one(found, f"compounds-{C}/homes").unit_id == EAST


def test_what_a_unit_is_short_of_is_the_amount(found, town) -> None:
    """Streets: 2.3125 km/km² in the west where 8 are asked for, over 0.8 km² built up."""
    streets = one(found, f"unit-{WEST}/streets")
    (item,) = streets.items
    assert (item.code, item.unit.en) == ("D37", "km")
    value = next(row["evidence"] for row in problems(town, OPERATOR, code="D37", unit=WEST))
    assert item.amount == pytest.approx((8 - value["value"]) * value["denominator"])
    assert value["denominator"] == pytest.approx(0.8)
    assert (streets.low_cny, streets.high_cny) == pytest.approx((item.amount * 1e7, item.amount * 6e7))


def test_what_stands_in_no_row_is_there_without_a_cost(town) -> None:
    known = load_catalogue()
    found = project_list(town, OPERATOR, catalogue=Catalogue(known.works, {}))
    assert {each.work for each in found.projects} == {"other"}
    assert sum(each.uncosted for each in found.projects) == found.about["problems"]
    assert {each.high_cny for each in found.projects} == {0}


def test_workbook_and_json_say_the_same(found) -> None:
    told = json.loads(projects_json(found))
    book = openpyxl.load_workbook(io.BytesIO(projects_xlsx(found, "zh")))
    assert book.sheetnames == ["项目清单", "整治内容", "问题对应", "说明"]
    rows = list(book["项目清单"].iter_rows(min_row=3, values_only=True))
    head, first = rows[0], dict(zip(rows[0], rows[1], strict=True))
    assert len(rows) - 1 == len(told["projects"]) == len(found.projects)
    assert head[:2] == ("项目编号", "工程类型")
    top = told["projects"][0]
    assert (first["项目编号"], first["问题数"]) == (top["number"], len(top["problems"]))
    assert {row[-3] for row in rows[1:]} == {"未经核实"}
    assert "合成数据" in book["项目清单"]["A1"].value
    english = openpyxl.load_workbook(io.BytesIO(projects_xlsx(found, "en")))
    assert english["Projects"]["A3"].value == "Project"
    assert all(
        row[0] in {each.number for each in found.projects}
        for row in english["Problems"].iter_rows(min_row=4, values_only=True)
    )


def test_a_city_replaces_a_unit_cost(tmp_path) -> None:
    ours = load_catalogue()
    head = "code,work,amount,unit_zh,unit_en,low_cny,high_cny,action_zh,action_en,status\n"
    (tmp_path / "costs.csv").write_text(
        head + "H07,homes,place,栋,building,600000,900000,加装电梯,lifts,paid in 2025\n", encoding="utf-8"
    )
    own = load_catalogue(tmp_path)
    assert (own.costs["H07"].low_cny, own.costs["H07"].status, own.replaced) == (600_000, "paid in 2025", ("H07",))
    assert own.costs["H01"] == ours.costs["H01"]
    assert {cost.status for cost in ours.costs.values()} == {"unverified"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("H07,homes,place,栋,building,9,8,x,x,", r"costs.csv, line 2: the band 9 to 8 is none"),
        ("H07,homes,place,栋,building,many,8,x,x,", r"line 2: low_cny and high_cny must be numbers"),
        ("H07,lifts,place,栋,building,1,8,x,x,", r"work 'lifts' is not in works.csv"),
        ("H07,homes,storeys,栋,building,1,8,x,x,", r"amount 'storeys': use place"),
    ],
)
def test_a_table_that_cannot_be_used_says_where(tmp_path, row, why) -> None:
    head = "code,work,amount,unit_zh,unit_en,low_cny,high_cny,action_zh,action_en,status\n"
    (tmp_path / "costs.csv").write_text(head + row + "\n", encoding="utf-8")
    with pytest.raises(BadRules, match=why):
        load_catalogue(tmp_path)


def test_every_indicator_of_the_national_systems_that_finds_places_has_works() -> None:
    """What is counted at places can be mended there; a new indicator of that kind needs a row."""
    known = load_catalogue()
    at_places = {
        code
        for system in ("national-2024", "national-2025")
        for code, indicator in load_register(system).indicators.items()
        if indicator.level in ("housing", "community")
    }
    assert at_places - set(known.costs) == set()


def test_the_ledgers_responsible_and_days_stand_before_the_usual(found, town) -> None:
    number = one(found, f"compounds-{A}/homes").problems[0]
    change_problems(town, OPERATOR, [number], "assigned", responsible="房管局", due_on=dt.date(2026, 11, 30))
    homes = one(project_list(town, OPERATOR), f"compounds-{A}/homes")
    assert (homes.responsible.zh, homes.named, homes.due_on) == ("房管局", True, dt.date(2026, 11, 30))
    # What is said to be done waits for the next examination, and who may not see the problems sees no project.
    change_problems(town, OPERATOR, [number], "done")
    assert f"compounds-{A}/homes" not in [each.number for each in project_list(town, OPERATOR).projects]
    assert project_list(town, Viewer("passer-by", clearance=0)).projects == []
