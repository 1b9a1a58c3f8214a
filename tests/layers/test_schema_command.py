"""`cim schema`: the columns of each register, and a header that a register is read with."""

from __future__ import annotations

import csv

import pytest
from click.testing import CliRunner

from cim.__main__ import main
from cim.errors import UnknownRegister
from cim.layers.schema_command import schema
from cim.schema.description import OTHER_NAMES, register_columns, template_columns, theme_of
from cim.tables import THEMES


def printed(*arguments):
    done = CliRunner().invoke(schema, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_all_registers_are_listed():
    lines = printed().splitlines()
    assert [line.split()[0] for line in lines] == list(THEMES)
    assert "用户" in next(line for line in lines if line.startswith("customer "))


@pytest.mark.parametrize("theme", THEMES)
def test_every_column_stands_there_with_its_meaning(theme):
    text = printed(theme)
    for item in register_columns(THEMES[theme]):
        line = next(line for line in text.splitlines() if line.startswith(f"{item.name} "))
        assert item.meaning in line
        assert any("\u4e00" <= sign <= "\u9fff" for sign in line.replace(item.meaning, "")), line


def test_codes_are_told_in_both_languages():
    text = printed("control_lines")
    assert "kind: only\n  red                 道路红线 / Road red line" in text
    assert "sensitive_kind: among others\n  hospital            医院 / Hospital" in printed("customers")


def test_the_template_is_a_header_that_registers_are_read_with():
    (header,) = csv.reader([printed("sensor", "--csv").strip()])
    assert header == template_columns(THEMES["sensor"])
    assert header[:3] == ["key", "kind", "name"]
    assert header[-2:] == ["x", "y"]
    assert template_columns(THEMES["facility"])[-3:] == ["x", "y", "z"]
    assert template_columns(THEMES["planning_parcel"])[-1] == "wkt"


def test_other_names_lead_to_themes():
    assert {theme_of(name) for name in OTHER_NAMES} <= set(THEMES)
    assert theme_of("Sewer-Inspection") == "pipe_inspection"


def test_an_unknown_register_is_told_in_one_line():
    with pytest.raises(UnknownRegister, match=r"no register 'dogs': give one of admin_unit, "):
        CliRunner().invoke(schema, ["dogs"], catch_exceptions=False)
    done = CliRunner().invoke(main, ["schema", "dogs"])
    assert done.exit_code == 1
