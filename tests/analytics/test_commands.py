"""`cim network` and `cim examine` as a person runs them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from cim.__main__ import main
from cim.analytics import reasons
from cim.viewer import OPERATOR


def words(line: str) -> str:
    return " ".join(line.split())


def test_criticality_of_every_network(run, water_city) -> None:
    city = water_city.city.slug
    said = run("network", "criticality", "--city", city)
    assert said.exit_code == 0
    lines = [words(line) for line in said.output.splitlines()]
    assert lines[0].startswith("Criticality in Test city (synthetic)")
    assert lines[0].endswith("synthetic data (合成数据)")
    assert "water 4 0.0 1 4 100 100 0 0 0 4 1 new" in lines
    assert "The 4 segments whose failure cuts off most" in lines
    assert lines.index("water 11 100 250 1 4 4") < lines.index("water 14 60 150 0 1 4")
    assert "water: 1 × people served not known: residents_cut counts the known ones" in lines
    assert "1 unchanged" in run("network", "criticality", "--city", city, "--network", "water").output
    assert "2 new" in run("network", "criticality", "--city", city, "--again", "--top", 0).output


def test_network_without_source_is_not_called_harmless(run, water_city, publish) -> None:
    with water_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.pipe_node SET is_source = false")
    said = run("network", "criticality", "--city", water_city.city.slug)
    assert "water 4 0.0 1 not answered 100 not answered" in words(said.output)
    assert "water: 4 × its part of the network has no source" in words(said.output)


def test_explain_needs_no_city() -> None:
    said = CliRunner().invoke(main, ["examine", "--explain", "B26"])
    assert said.exit_code == 0
    assert "公园绿化活动场地服务半径覆盖率" in said.output
    assert "numerator / denominator × 100, %" in said.output
    assert ">= 85" in said.output
    assert "radius_m" in said.output


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["network", "criticality"],
            "cim: city '{}' has no pipe segments: load a pipe_survey or epanet source with cim load",
        ),
        (
            ["network", "criticality", "--network", "gas"],
            "cim: network 'gas' is not loaded in city '{}': use one of (none",
        ),
        (
            ["network", "criticality", "--network", "steam"],
            "cim: network 'steam' is not known: use one of water, storm",
        ),
        (["examine"], "cim: city '{}' has no administrative units of level"),
        (["examine", "--system", "x"], "cim: no indicator system 'x': use one of chongqing, national-2024"),
        (["examine", "--explain", "x"], "cim: no indicator 'x' in this system: use one of H01"),
    ],
)
def test_what_cannot_be_answered_is_one_line(cluster, database, arguments, line) -> None:
    variables = {**os.environ, "CIM_DATA_DIR": str(cluster.status().data.parent), "CIM_CITY": database.city.slug}
    said = subprocess.run([sys.executable, "-m", "cim", *arguments], capture_output=True, text=True, env=variables)
    assert said.returncode == 1
    assert said.stdout == ""
    assert said.stderr.startswith(line.format(database.city.slug))
    assert said.stderr.count("\n") == 1


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    for code in reasons.codes():
        assert reasons.sentence(code) != reasons.sentence(code, "zh-CN")
    assert reasons.sentence("no_stock;partly_missing", "zh") == "单元内没有被统计的对象；部分数据缺失，未计入数值"
