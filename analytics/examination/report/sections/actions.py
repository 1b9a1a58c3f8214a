"""What to do: for each indicator that falls short, how many places, by when, what helps, and who sees to it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from cim.analytics.examination.advice import advice
from cim.analytics.examination.projects.reading import TO_SOLVE
from cim.analytics.examination.report.blocks import Block, Cell, Column, Heading, Paragraph, Table
from cim.analytics.examination.report.numbers import number
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import DEADLINES, both, joined, same


def actions(report: Report) -> Iterator[Block]:
    """Yield the chapter."""
    yield Heading(both("整治建议", "Actions"), 1, "actions")
    live = report.problems[report.problems["state"].isin(TO_SOLVE)]
    if live.empty:
        yield Paragraph(both("没有待整治的问题。", "No problem waits for action."))
        return
    yield Paragraph(
        both(
            "安全隐患限时解决（次年年底前），其余尽力解决。候选问题先现场核实，再立项。",
            "Dangers to people are to be gone by the end of the next year, the rest as far as can be done. "
            "Candidates are looked at on site before anything is planned.",
        )
    )
    for deadline, words in DEADLINES.items():
        part = live[live["deadline"] == deadline]
        if len(part):
            yield Heading(both(words.zh, words.en.capitalize()), 2, f"actions-{deadline}")
            caption = both(f"{words.zh}的问题与措施", f"Problems and actions: {words.en}")
            yield Table(caption, _COLUMNS, [_row(report, str(code), found) for code, found in part.groupby("code")])


_COLUMNS = (
    Column(same("#"), 8),
    Column(both("指标", "Indicator"), 46),
    Column(both("问题数", "Problems"), 17, number=True),
    Column(both("其中候选", "Candidates"), 20, number=True, minor=True),
    Column(both("措施", "Action"), 46),
    Column(both("责任单位", "Responsible"), 44),
)


def _row(report: Report, code: str, found: pd.DataFrame) -> list[Cell]:
    told, work = advice(report.catalogue, code), report.catalogue.work_of(code)
    owners = [same(owner) for owner in sorted({owner for owner in found["responsible"].dropna() if owner})]
    return [
        Cell(same(code), anchor=code),
        Cell(report.indicators[code].title),
        Cell(same(number(len(found)))),
        Cell(same(number(int(found["candidate"].astype(bool).sum())))),
        Cell(told.advice),
        Cell(joined(owners) if owners else work.responsible),
    ]
