"""Forms written empty for a city, filled in by others, loaded, and counted by an examination."""

from __future__ import annotations

import datetime as dt
import io
import json

import openpyxl
import pytest
from shapely import box

import cim.analytics
from cim.analytics.examination.survey_forms import empty_forms, things
from cim.analytics.examination.survey_forms.things import units_of
from cim.etl.load import LoadOptions, load_city
from cim.manifest import read_manifest
from cim.sampling import clustered, wilson
from cim.survey_forms import forms
from cim.viewer import LOCAL

DAY = dt.date(2026, 3, 4)
HALVES = {"SQ1": ("西社区", box(0, 0, 1000, 1000)), "SQ2": ("东社区", box(1000, 0, 2000, 1000))}
JPEG = b"\xff\xd8\xff\xe0rest"


@pytest.fixture
def city(database, cluster, settings, tmp_path):
    """A city of two communities and three homes, loaded from registers; returns how to load once more."""
    units = [f'C0,city,城,,"{box(0, 0, 2000, 1000).wkt}"']
    units += [f'{key},community,{name},C0,"{shape.wkt}"' for key, (name, shape) in HALVES.items()]
    homes = [f'B{n},residential,{n}号楼,3,"{box(x, 100, x + 20, 120).wkt}"' for n, x in enumerate((100, 200, 1100))]
    (tmp_path / "units.csv").write_text("\n".join(["key,level,name,parent_key,wkt", *units]), encoding="utf-8")
    (tmp_path / "homes.csv").write_text("\n".join(["key,usage,name,households,wkt", *homes]), encoding="utf-8")
    profile = database.city
    told = {"slug": profile.slug, "name_zh": "测", "name_en": "T", "crs": profile.crs, "synthetic": True}
    told |= {"vertical_datum": profile.vertical_datum, "ellipsoid_offset_m": profile.ellipsoid_offset_m}
    lines = ["[city]", *(f"{name} = {json.dumps(value)}" for name, value in told.items())]
    for name, theme in (("units", "admin_unit"), ("homes", "building")):
        lines += ["[[source]]", f'name = "{name}"', 'kind = "register"', f'path = "{name}.csv"']
        lines += [f"crs = {json.dumps(profile.crs)}", f'options = {{theme = "{theme}"}}']

    def load(*more: str):
        (tmp_path / "city.toml").write_text("\n".join([*lines, *more]), encoding="utf-8")
        reports = load_city(cluster, read_manifest(tmp_path), tmp_path / "data", LoadOptions())
        return {report.source: report for report in reports}

    load()
    return load


def rows_of(table, code):
    names = ("value", "numerator", "denominator", "missing_share", "low", "high", "grade", "reason")
    return table[table["code"] == code].set_index("level")[list(names)]


def test_forms_go_out_empty_and_what_comes_back_counts(database, city, tmp_path) -> None:
    content = empty_forms(things(database, LOCAL))
    assert content == empty_forms(things(database, LOCAL))
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["填表说明", *forms(), "选项"]
    homes, asked = book["住宅"], book["满意度"]
    assert [homes.cell(line, 1).value for line in (2, 3, 4)] == ["B2", "B0", "B1"]  # by community
    assert homes.cell(2, 3).value == "东社区"
    place = {cell.value.partition("\n")[0]: cell.column for cell in homes[1]}
    lists = {str(rule.sqref): rule.formula1 for rule in homes.data_validations.dataValidation if rule.type == "list"}
    column = openpyxl.utils.get_column_letter(place["楼道安全隐患"])
    assert lists[f"{column}2:{column}64"] == "'选项'!$A$1:$A$5"
    assert [cell.value for cell in book["选项"]["A"]][:5] == ["无", "轻微", "中等", "严重", "危险"]
    assert [cell.value for cell in book["选项"]["E"]][:2] == ["SQ2 · 东社区", "SQ1 · 西社区"]
    (unit,) = [row for row in units_of(database, LOCAL, "community") if row["key"] == "SQ2"]
    assert [row["key"] for row in things(database, LOCAL, unit["feature_id"]).rows["住宅"]] == ["B2"]

    # An inspector was in two of the three homes; ten people were asked, two of them where no community is.
    for line, found in ((3, "严重"), (4, "无")):
        for title, value in (("楼道安全隐患", found), ("调查日期", DAY), ("照片", "a.jpg" if line == 3 else None)):
            homes.cell(line, place[title]).value = value
    said = [("SQ1 · 西社区", 4)] * 5 + [("SQ1 · 西社区", 2)] + [("SQ2 · 东社区", 2)] * 2 + [("SQ9", 5)] * 2
    for line, (unit, answer) in enumerate(said, 2):
        for at, value in enumerate((f"W{line}", unit, DAY, answer), 1):
            asked.cell(line, at).value = value
    (tmp_path / "forms" / "照片").mkdir(parents=True)
    (tmp_path / "forms" / "照片" / "a.jpg").write_bytes(JPEG)
    book.save(tmp_path / "forms" / "filled.xlsx")
    source = ("[[source]]", 'name = "forms"', 'kind = "survey_forms"', 'path = "forms"')
    report = city(*source)["forms"]
    assert report.tally.errors == {"reference.unresolved": 1}  # a figure of no unit would be the whole city's
    assert [path.read_bytes() for path in (tmp_path / "data" / "photo").iterdir()] == [JPEG]
    assert city(*source)["forms"].status == "unchanged"

    exam = cim.analytics.examine(database, year=2026)
    stairs = rows_of(exam.table, "H03").loc["city"]
    assert (stairs["value"], stairs["denominator"], stairs["low"], stairs["high"]) == (1, 2, 1, 2)
    (problem,) = exam.problems[exam.problems["code"] == "H03"].to_dict("records")
    evidence = json.loads(problem["evidence"])
    assert (problem["severity"], evidence["photo"], evidence["photo_file"][64:]) == (8, "a.jpg", ".jpg")

    told = rows_of(cim.analytics.examine(database, year=2026, system="satisfaction").table, "S01")
    whole = told.loc["city"]
    assert (whole["value"], whole["numerator"], whole["denominator"]) == (70, 7, 10)
    assert (whole["low"], whole["high"]) == pytest.approx([100 * end for end in clustered([5, 0, 2], [6, 2, 2])])
    assert whole["reason"] == "no_standard;questionnaire"
    # Six answered in the west and two in the east: too few to tell, and no zero.
    assert set(told.loc["community", "reason"]) == {"too_few_answers;no_standard"}
    assert told.loc["community", ["value", "denominator", "low", "high"]].isna().all(axis=None)
    local = tmp_path / "few.yaml"
    local.write_text(
        "name: few\nindicators: [{code: S01, from: satisfaction, parameters: {min_answers: 2}}]", encoding="utf-8"
    )
    told = rows_of(cim.analytics.examine(database, year=2026, local=local).table, "S01")
    of_west = told.loc["community"].iloc[0]
    assert (of_west["low"], of_west["high"]) == pytest.approx([100 * end for end in wilson(5, 6)])
