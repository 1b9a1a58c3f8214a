"""Every column a person can see has a title in both languages and its unit."""

from __future__ import annotations

import csv
from importlib import resources

import pytest

from cim.codes import GRADES, LEVELS
from cim.layers.feature_attributes import _HYDRAULICS, UNDERGROUND, displayed_columns
from cim.layers.titles import Title, column_title, theme_title, titles, unit, value_title
from cim.tables import THEMES


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_every_theme_and_displayed_column_has_titles(theme):
    assert theme_title(theme) != Title(theme, theme)
    known = titles().columns
    columns = displayed_columns(theme)
    assert [name for name in columns if f"{theme}.{name}" not in known and name not in known] == []


def test_no_title_is_left_over():
    columns = {name for table in THEMES.values() for name in table.columns}
    findings = {"bridge_segment", "component", "nodes_cut", "customers_cut", "residents_cut", "critical_cut"}
    findings |= {"criticality", "examination_grade", "rail_zone", *_HYDRAULICS.values(), *UNDERGROUND}
    told = {name.rpartition(".")[2] for name in titles().columns}
    assert told - columns - findings == set()
    themes = {name.partition(".")[0] for name in titles().columns if "." in name}
    assert themes <= set(THEMES)


def test_chinese_titles_are_chinese():
    pairs = [*titles().themes.values(), *titles().columns.values()]
    latin = [title.zh for title in pairs if not any("\u4e00" <= sign <= "\u9fff" for sign in title.zh)]
    assert latin == []


def test_coded_values_of_the_schema_have_titles():
    assert all(value_title("admin_unit", "level", level) for level in LEVELS)
    assert all(value_title("indicator", "examination_grade", grade) for grade in GRADES)
    assert value_title("pipe_segment", "material", "ductile_iron") == Title("球墨铸铁", "Ductile iron")
    assert value_title("pipe_segment", "material", "unheard_of") is None


def test_a_theme_may_call_a_column_otherwise():
    assert column_title("tree", "height_m").zh == "树高"
    assert column_title("building", "height_m").zh == "高度"


def test_units_stand_in_column_names():
    given = ["height_m", "diameter_mm", "trunk_cm", "area_m2", "area_km2", "pressure_mpa", "voltage_kv"]
    assert [unit(name) for name in given] == ["m", "mm", "cm", "m²", "km²", "MPa", "kV"]
    assert unit("base_demand_m3s") == "m³/s"
    assert [unit(name) for name in ("name", "gated", "plot_ratio_max", "m")] == [None] * 4


@pytest.mark.parametrize(
    ("table", "column", "theme", "attribute"),
    [
        ("pipe_materials", "material", "pipe_segment", "material"),
        ("pipe_burial", "burial", "pipe_segment", "burial"),
        ("pipe_features", "kind", "pipe_node", "kind"),
        ("pipe_features", "device", "pipe_device", "kind"),
    ],
)
def test_codes_that_readers_write_have_titles(table, column, theme, attribute):
    text = (resources.files("cim.etl.readers") / f"{table}.csv").read_text(encoding="utf-8")
    codes = {row[column] for row in csv.DictReader(text.splitlines())} - {""}
    assert len(codes) > 5
    assert [code for code in sorted(codes) if value_title(theme, attribute, code) is None] == []
