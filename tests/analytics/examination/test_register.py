"""Registers are data that a city may write: what is wrong in one is told with its place."""

from __future__ import annotations

import copy

import pytest
import yaml

from cim.analytics.errors import BadRegister, UnknownIndicator, UnknownSystem
from cim.analytics.examination.register_file import load_register, read_register, systems

ENTRY = {
    "code": "Z01",
    "title": {"zh": "测试", "en": "Test"},
    "level": "city",
    "dimension": {"zh": "测试", "en": "Test"},
    "unit": {"zh": "个", "en": "things"},
    "direction": "lower",
    "form": "count",
    "definition": {"zh": "测试", "en": "Test"},
    "numerator": {"zh": "测试", "en": "Test"},
    "denominator": {"zh": "测试", "en": "Test"},
    "standard": {"op": "==", "value": 0, "source": "here", "confidence": "high"},
    "method": {"zh": "测试", "en": "Test"},
    "data": {"zh": "测试", "en": "Test"},
    "computable": "fully",
}
REGISTER = {"system": "local-2026", "title": {"zh": "本地", "en": "Local"}, "year": 2026, "indicators": [ENTRY]}


@pytest.fixture
def written(tmp_path):
    """Write a register, changed at a path of keys, and return the file."""

    def write(*path: object, value: object = None) -> object:
        content = copy.deepcopy(REGISTER)
        if path:
            inner = content
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = value
        file = tmp_path / "local.yaml"
        file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize("system", systems())
def test_registers_of_the_platform_are_sound(system) -> None:
    register = load_register(system)
    assert register.system == system
    assert register.indicators
    assert register.official_count is None or len(register.indicators) <= register.official_count
    for code, indicator in register.indicators.items():
        assert code == indicator.code
        assert indicator.title.zh != indicator.title.en


def test_a_city_register_is_read_from_its_file(written) -> None:
    register = load_register(str(written()))
    assert (register.system, register.year, register.official_count) == ("local-2026", 2026, None)
    assert register.indicator("Z01").levels == ("city", "district", "subdistrict", "block", "community")
    assert register.grading.near_share == 0.8


def test_unknown_names_are_told() -> None:
    with pytest.raises(UnknownSystem, match="no indicator system 'national-1999': use one of chongqing, national-2024"):
        load_register("national-1999")
    with pytest.raises(UnknownIndicator, match="no indicator 'Q1' in this system: use one of H01, H02"):
        load_register("national-2024").indicator("Q1")


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("indicators", 0, "standard", "value"), True, "Z01: standard: value: give a number, not True"),
        (("indicators", 0, "standard", "value"), float("nan"), "Z01: standard: value: give a number, not nan"),
        (("indicators", 0, "standard"), "zero", "Z01: standard: give names and values"),
        (("indicators", 0, "standard", "op"), ">", "Z01: standard: op: use one of ==, >=, <=, between, not '>'"),
        (("indicators", 0, "standard", "op"), "between", "Z01: standard: upper: give a number, not None"),
        (("indicators", 0, "level"), "street", "Z01: level: use one of housing"),
        (("indicators", 0, "levels"), ["street"], "Z01: levels: use city, district"),
        (("indicators", 0, "levels"), [], "Z01: levels: use city, district"),
        (("indicators", 0, "title"), "Test", "Z01: title: give names and values"),
        (("indicators", 0, "title", "zh"), " ", "Z01: title: zh: give a text"),
        (("indicators", 0, "code"), None, "indicator 1: code: give a text"),
        (("indicators",), [ENTRY, ENTRY], "indicators: give each code once"),
        (("grading",), {"near_share": "half"}, "grading: near_share: give a number"),
        (("grading",), {"near": 0.5}, "grading: near: use near_share"),
        (("grading",), "strict", "grading: give names and values"),
        (("indicators",), "all", "indicators: give a list"),
        (("year",), None, "the file: year: give a number"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(written, path, value, told) -> None:
    with pytest.raises(BadRegister) as caught:
        read_register(written(*path, value=value))
    assert told in str(caught.value)
    assert str(caught.value).startswith("local.yaml: ")


@pytest.mark.parametrize(
    ("standard", "told"),
    [
        ({"op": ">=", "value": "about 85 %"}, "about 85 %"),
        ({"op": "between", "value": 1, "upper": "two; or so"}, "two, or so"),
        ({"op": ">=", "by_year": {2025: 40, 2027: "45 %"}}, "45 %"),
        ({"op": ">=", "value": " "}, "''"),
    ],
)
def test_a_standard_set_to_text_costs_the_grade_and_nothing_else(written, standard, told) -> None:
    given = standard | {"source": "here", "confidence": "low"}
    entry = read_register(written("indicators", 0, "standard", value=given)).indicator("Z01")
    assert (entry.standard, entry.bad_standard) == (None, told)


def test_a_band_must_not_be_upside_down(written) -> None:
    band = {"op": "between", "value": 2, "upper": 1, "source": "here", "confidence": "low"}
    with pytest.raises(BadRegister, match="upper end is below"):
        read_register(written("indicators", 0, "standard", value=band))


@pytest.mark.parametrize("content", [b"a: [1", b"\xff\xfe", b"- 1", b""])
def test_what_is_no_register_at_all(tmp_path, content) -> None:
    file = tmp_path / "broken.yaml"
    file.write_bytes(content)
    with pytest.raises(BadRegister, match=r"broken\.yaml: "):
        read_register(file)


def local_file(tmp_path, **content: object):
    file = tmp_path / "examination.yaml"
    file.write_text(yaml.safe_dump({"name": "mine"} | content, allow_unicode=True), encoding="utf-8")
    return file


def test_a_city_changes_only_what_it_names(tmp_path) -> None:
    change = {"code": "C11", "parameters": {"radius_m": 700}, "hazard": True}
    register = load_register("national-2024", local_file(tmp_path, indicators=[change], grading={"near_share": 0.9}))
    before, after = load_register("national-2024").indicator("C11"), register.indicator("C11")
    assert register.system == "national-2024+mine"
    assert after.parameters == {**before.parameters, "radius_m": 700}
    assert (after.hazard, after.standard, after.title) == (True, before.standard, before.title)
    assert (register.grading.near_share, register.grading.meets_problem_share) == (0.9, 0.05)
    assert list(register.indicators) == list(load_register("national-2024").indicators)


def test_a_city_adds_and_leaves_out_and_takes_parameters_away(tmp_path) -> None:
    fewer = {"code": "D54", "parameters": {"on_foot": None}}
    file = local_file(tmp_path, indicators=[ENTRY, fewer], leave_out=["D45", "D44"])
    register = load_register("national-2025", file)
    assert "D45" not in register.indicators
    assert list(register.indicators)[-1] == "Z01"
    assert "on_foot" not in register.indicator("D54").parameters
    assert register.provisional


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"name": ""}, "examination.yaml: the file: name: give these changes a name of their own"),
        ({"leave_out": ["Q1", "C11"]}, "leave_out: list codes of the system; it has no Q1"),
        ({"indicators": [{"code": "Q1", "from": "national-2025"}]}, "Q1: from: national-2025 has no such indicator"),
        ({"indicators": [{"code": "C11", "standard": {"op": "=="}}]}, "C11: standard: value: give a number"),
        ({"indicators": [{"code": "C11", "title": {"zh": "x", "en": "one", "two": None}}]}, "'two' is cut off"),
        ({"indicators": [{"code": "C11", "assumptions": "none"}]}, "C11: assumptions: give a list of texts"),
        ({"indicators": [{"code": "C11", "computable": "easily"}]}, "C11: computable: use one of fully, prescreened"),
    ],
)
def test_what_is_wrong_in_a_city_file_is_told_with_its_place(tmp_path, content, told) -> None:
    file = local_file(tmp_path, **content)
    if "from" in str(content):
        with pytest.raises(BadRegister, match=told):
            read_register(_written(tmp_path, base="national-2024", **content))
        return
    with pytest.raises(BadRegister) as caught:
        load_register("national-2024", file)
    assert told in str(caught.value)


def _written(tmp_path, **content: object):
    file = tmp_path / "system.yaml"
    top = {"system": "local", "title": {"zh": "本地", "en": "Local"}, "year": 2026}
    file.write_text(yaml.safe_dump(top | content, allow_unicode=True), encoding="utf-8")
    return file


def test_targets_by_year(tmp_path) -> None:
    standard = {"op": ">=", "by_year": {2027: 45, 2025: 40}, "source": "plan", "confidence": "high"}
    register = read_register(_written(tmp_path, indicators=[ENTRY | {"standard": standard}]))
    values = {year: register.at(year).indicator("Z01").standard for year in (2024, 2025, 2026, 2030)}
    assert values[2024] is None
    assert [values[year].value for year in (2025, 2026, 2030)] == [40, 40, 45]
    for wrong in ({}, {"2025": 40}, {2025: None}):
        bad = ENTRY | {"standard": standard | {"by_year": wrong}}
        with pytest.raises(BadRegister, match="Z01: standard: by_year"):
            read_register(_written(tmp_path, indicators=[bad]))


def test_the_system_of_2025_is_provisional_and_says_what_it_leaves_out() -> None:
    register = load_register("national-2025")
    assert register.provisional
    assert not {"H08", "D34", "D36", "D55"} & set(register.indicators)
    assert {"N01", "N02", "N03"} <= set(register.indicators)
    assert register.indicator("D48").parameters == {
        "numerator": "construction_deaths",
        "denominator": "projects_under_construction",
    }


def test_counts_of_the_system_of_2024() -> None:
    levels = [entry.level for entry in load_register("national-2024").indicators.values()]
    assert {level: levels.count(level) for level in set(levels)} == {
        "housing": 10, "community": 12, "block": 8, "city": 31,
    }  # fmt: skip


def test_a_city_takes_an_indicator_over_from_another_system(tmp_path) -> None:
    standard = {"op": ">=", "value": 80, "source": "our plan", "confidence": "high"}
    taken = {"code": "S01", "from": "satisfaction", "standard": standard}
    register = load_register("national-2024", local_file(tmp_path, indicators=[taken]))
    assert len(register.indicators) == 62
    assert register.indicator("S01").parameters == {"figure": "satisfaction", "min_answers": 10}
    assert register.indicator("S01").standard.value == 80
