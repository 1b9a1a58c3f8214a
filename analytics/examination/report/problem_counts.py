"""How many problems there are of each indicator, and in each unit."""

from __future__ import annotations

from typing import Any

from cim.analytics.examination.report.drawings.problem_map import problem_bars
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import DEADLINES, both, said
from cim.sheets import Sheet

Counted = tuple[Any, int, int]
"""What is counted, and its problems within time and of best effort."""


def problem_counts(report: Report, by: str) -> list[Counted]:
    """Count problems by a column of the ledger, the most first."""
    found: dict[Any, list[int]] = {}
    for key, deadline in zip(report.problems[by], report.problems["deadline"], strict=True):
        found.setdefault(key, [0, 0])[list(DEADLINES).index(deadline)] += 1
    return sorted(
        ((key, *counts) for key, counts in found.items()), key=lambda each: (-each[1] - each[2], str(each[0]))
    )


def bars_by_indicator(report: Report, most: int, language: str) -> Sheet:
    """Draw the indicators with most problems."""
    rows = [
        (f"{code} {said(report.indicators[code].title, language)}", within, effort)
        for code, within, effort in problem_counts(report, "code")[:most]
    ]
    return problem_bars(rows, said(both("问题数", "Problems"), language), language)


def bars_by_unit(report: Report, most: int, language: str) -> Sheet:
    """Draw the units with most problems."""
    known = [each for each in problem_counts(report, "unit_id") if each[0] in report.units.index]
    rows = [(report.unit_name(int(unit), language), within, effort) for unit, within, effort in known[:most]]
    return problem_bars(rows, said(both("问题数", "Problems"), language), language)
