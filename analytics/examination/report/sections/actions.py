"""What to do: for each indicator that falls short, how many places, by when, and what helps."""

from __future__ import annotations

from collections.abc import Iterator

from cim.analytics.examination.report.advice import advice_for
from cim.analytics.examination.report.blocks import Block, Cell, Column, Heading, Paragraph, Table
from cim.analytics.examination.report.numbers import number
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import DEADLINES, both, same

_LIVE = ("open", "assigned", "in_progress", "reopened")


def actions(report: Report) -> Iterator[Block]:
    """Yield the chapter."""
    yield Heading(both("整治建议", "Actions"), 1, "actions")
    live = report.problems[report.problems["state"].isin(_LIVE)]
    if live.empty:
        yield Paragraph(both("没有待整治的问题。", "No problem waits for action."))
        return
    yield Paragraph(both(
        "安全隐患限时解决（次年年底前），其余尽力解决。候选问题先现场核实，再立项。",
        "Dangers to people are to be gone by the end of the next year, the rest as far as can be done. "
        "Candidates are looked at on site before anything is planned.",
    ))  # fmt: skip
    columns = [
        Column(same("#"), 8),
        Column(both("指标", "Indicator"), 34),
        Column(both("问题数", "Problems"), 12, number=True),
        Column(both("期限", "Deadline"), 15),
        Column(both("建议", "Advice"), 62),
        Column(both("责任单位", "Responsible"), 20),
    ]
    for deadline, words in DEADLINES.items():
        part = live[live["deadline"] == deadline]
        if part.empty:
            continue
        rows = []
        for code, found in part.groupby("code"):
            one = report.indicators[str(code)]
            owners = sorted({owner for owner in found["responsible"].dropna() if owner})
            rows.append([
                Cell(same(code), anchor=str(code)),
                Cell(one.title),
                Cell(same(number(len(found)))),
                Cell(words),
                Cell(advice_for(one)),
                Cell(same("、".join(owners)) if owners else both("待确定", "to be named")),
            ])  # fmt: skip
        yield Heading(words, 2, f"actions-{deadline}")
        yield Table(both(f"{words.zh}的问题与建议", f"Problems and advice: {words.en}"), columns, rows)
