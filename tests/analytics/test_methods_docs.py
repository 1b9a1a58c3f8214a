"""The method pages say what the register and the code say."""

from __future__ import annotations

from pathlib import Path

import pytest

from cim.analytics.examination.register_file import load_register
from cim.analytics.network.criticality import BREAKS

DOCS = Path(__file__).parents[2] / "docs"
REGISTER = load_register("national-2024")


@pytest.mark.parametrize("code", REGISTER.indicators)
def test_every_indicator_has_its_section(code) -> None:
    indicator = REGISTER.indicator(code)
    page = (DOCS / "methods" / "examination.md").read_text(encoding="utf-8")
    sections = dict(section.split("\n", 1) for section in page.split("\n### ")[1:])
    heading = f"{code} {indicator.title.zh} · {indicator.title.en}"
    assert heading in sections
    sign = {"==": "=", ">=": "≥", "<=": "≤"}[indicator.standard.op]
    assert f"standard **{sign} {indicator.standard.value:g}**" in sections[heading]
    for name, value in indicator.parameters.items():
        if isinstance(value, int | float) and not name.startswith("storeys"):
            assert f"{value:g} m" in sections[heading]


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
