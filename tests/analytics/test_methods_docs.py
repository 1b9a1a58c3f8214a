"""The method pages say what the register and the code say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cim.analytics.examination.register_file import load_register, systems
from cim.analytics.network.criticality import BREAKS

DOCS = Path(__file__).parents[2] / "docs"
REGISTER = load_register("national-2024")


def test_the_page_of_indicators_is_up_to_date() -> None:
    command = [sys.executable, str(DOCS.parent / "scripts" / "document_indicators.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("system", systems())
def test_every_indicator_stands_on_it(system) -> None:
    page = (DOCS / "indicators.md").read_text(encoding="utf-8")
    for code, indicator in load_register(system).indicators.items():
        assert f"### {code} {indicator.title.zh} · {indicator.title.en}\n" in page


def test_grading_rules_are_those_of_the_register() -> None:
    page = (DOCS / "methods" / "examination.md").read_text(encoding="utf-8")
    rules = REGISTER.grading
    assert f"value ≥ {rules.near_share:g} *s*" in page
    assert (
        f"< {rules.meets_problem_share * 100:g} % of the stock counted | < {rules.near_problem_share * 100:g} %" in page
    )
    assert f"more than {rules.missing_share_max * 100:g} % of the data is missing" in page


def test_breaks_of_criticality_are_those_of_the_code() -> None:
    page = (DOCS / "methods" / "criticality.md").read_text(encoding="utf-8")
    low, middle, high = (f"{share * 100:g}" for share in BREAKS)
    assert f"| none | < {low} % | {low} – {middle} % | {middle} – {high} % | ≥ {high} % |" in page
