"""A city's own forms: read, checked, filled."""

from __future__ import annotations

from pathlib import Path

import pytest

from cim.analytics.examination.report.submission import BadForms, load_forms, rows_of

GOOD = """
forms:
  - sheet: 表1
    title: "{city}{year}年度"
    rows: units
    where: {unit_level: [社区]}
    columns:
      - {title: 社区, value: unit_name}
      - {title: 路网密度, value: D37, width: 9}
      - {title: 评级, value: D37.grade}
"""


def form_file(folder: Path, text: str) -> Path:
    path = folder / "submission.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_form_of_units_has_values_and_grades_by_code(report, tmp_path) -> None:
    (form,) = load_forms(form_file(tmp_path, GOOD))
    head, rows = rows_of(form, report)
    assert head == ["社区", "路网密度", "评级"]
    of_communities = report.indicators["D37"].at("community")
    assert [row[1] for row in rows] == pytest.approx(of_communities["value"].tolist())
    assert {row[2] for row in rows} <= {"达标", "接近", "不达标", "无法评价"}
    assert form.titled(report).startswith(report.city.name_zh)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("forms:", "form:", "forms: give a list of forms"),
        ("rows: units", "rows: houses", "form 1: rows: use one of indicators, values, problems, projects, units"),
        ("sheet: 表1", "sheet: 表[1]", "form 1: sheet: use at most 31 letters"),
        ("where: {unit_level: [社区]}", "where: {unit_level: 社区}", "form 1: where: give lists of values by field"),
        ("{title: 社区, value: unit_name}", "{title: 社区}", "form 1: column 1: give title and value"),
        ("width: 9", "width: wide", "form 1: column 2: width: give letters, 1 to 200, not 'wide'"),
        ("title: \"{city}{year}年度\"", "title: [", "the file: cannot be read as YAML"),
    ],
)  # fmt: skip
def test_a_wrong_form_is_refused_with_its_place(tmp_path, old, new, told) -> None:
    assert old in GOOD
    with pytest.raises(BadForms) as refused:
        load_forms(form_file(tmp_path, GOOD.replace(old, new)))
    assert f"submission.yaml: {told}" in str(refused.value)


def test_a_field_that_there_is_not_is_refused(report, tmp_path) -> None:
    (form,) = load_forms(form_file(tmp_path, GOOD.replace("value: D37,", "value: Z99,")))
    with pytest.raises(BadForms, match="表1: Z99: use one of number, unit_key"):
        rows_of(form, report)
