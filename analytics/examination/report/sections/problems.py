"""The ledger of problems: how many, of what, where, and the gravest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pandas as pd

from cim.analytics.examination.report.blocks import Block, Cell, Column, Figure, Figures, Heading, Paragraph, Table
from cim.analytics.examination.report.drawings.problem_map import problem_map
from cim.analytics.examination.report.evidence import evidence_words
from cim.analytics.examination.report.numbers import number
from cim.analytics.examination.report.problem_counts import bars_by_indicator, bars_by_unit, problem_counts
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import DEADLINES, NOTHING, STATES, THEMES, UNITS_OF, both, same

_TOLD = both(
    "台账共 {all} 个问题，其中限时解决 {in} 个，尽力解决 {rest} 个；{maybe} 个为登记数据预筛的候选，"
    "须现场核实，不是结论；已销号或排除 {ended} 个。",
    "The ledger holds {all} problems: {in} to be solved within time, {rest} as far as possible. {maybe} are candidates "
    "pre-screened from registers, not verdicts; {ended} are closed or dismissed.",
)
_GRAVEST = 30
_MOST_BARS = 17


def problems(report: Report) -> Iterator[Block]:
    """Yield the chapter."""
    yield Heading(both("问题台账", "Problems"), 1, "problems")
    found = report.problems
    if found.empty:
        yield Paragraph(both("台账中没有问题。", "The ledger holds no problems."))
        return
    yield _told(report)
    name = UNITS_OF[report.level]
    by_code, by_unit = (
        both("各指标问题数", "Problems by indicator"),
        both(f"各{name.zh}问题数", f"Problems by {name.en}"),
    )
    yield Figures([Figure(both("问题分布", "Where the problems are"), partial(problem_map, report))])
    yield Figures(
        [
            Figure(by_code, partial(bars_by_indicator, report, _MOST_BARS)),
            Figure(by_unit, partial(bars_by_unit, report, _MOST_BARS)),
        ]
    )
    yield Heading(both("按指标与状态", "By indicator and state"), 2, "problems-states")
    yield _states(report)
    yield Heading(both("最严重的问题", "The gravest"), 2, "problems-gravest")
    if len(found) > _GRAVEST:
        more = number(len(found) - _GRAVEST)
        yield Paragraph(
            both(f"以下为最严重的 {_GRAVEST} 个；其余 {more} 个见工作簿（problems 表）与 GeoPackage。",
                 f"The {_GRAVEST} gravest; {more} more are in the workbook and the GeoPackage."), "note")  # fmt: skip
    yield _gravest(report)


def _told(report: Report) -> Paragraph:
    found = report.problems
    within, candidate = int((found["deadline"] == "within_time").sum()), int(found["candidate"].astype(bool).sum())
    ended = int(found["state"].isin(["closed", "dismissed"]).sum())
    told = {"all": len(found), "in": within, "rest": len(found) - within, "maybe": candidate, "ended": ended}
    counts = {name: number(count) for name, count in told.items()}
    return Paragraph(both(_TOLD.zh.format_map(counts), _TOLD.en.format_map(counts)))


def _states(report: Report) -> Table:
    groups = {
        "open": ["open", "reopened"],
        "going": ["assigned", "in_progress"],
        "ended": ["done", "closed", "dismissed"],
    }
    columns = [
        Column(same("#"), 8),
        Column(both("指标", "Indicator"), 48),
        Column(both("期限", "Deadline"), 16),
        Column(both("待处理", "Open"), 10, number=True),
        Column(both("整改中", "Under way"), 13, number=True),
        Column(both("已完成", "Ended"), 11, number=True),
        Column(both("候选", "Candidates"), 15, number=True, minor=True),
    ]
    rows = []
    for code, _, _ in problem_counts(report, "code"):
        part = report.problems[report.problems["code"] == code]
        cells = [number(int(part["state"].isin(states).sum())) for states in groups.values()]
        rows.append([
            Cell(same(code), anchor=str(code)),
            Cell(report.indicators[code].title),
            Cell(DEADLINES[part["deadline"].iloc[0]]),
            *(Cell(same(text)) for text in cells),
            Cell(same(number(int(part["candidate"].astype(bool).sum())))),
        ])  # fmt: skip
    return Table(both("台账问题：按指标与状态", "Problems by indicator and state"), columns, rows)


def _gravest(report: Report) -> Table:
    columns = [
        Column(both("编号", "No."), 9, number=True),
        Column(same("#"), 8),
        Column(both("位置", "Place"), 25),
        Column(both("所在", "In"), 24),
        Column(both("严重程度", "Severity"), 12, number=True),
        Column(both("依据", "Evidence"), 33, minor=True),
        Column(both("期限", "By"), 17),
        Column(both("状态", "State"), 13),
    ]
    rows = []
    for row in report.problems.head(_GRAVEST).to_dict("records"):
        theme, name = THEMES.get(row["theme"], same(row["theme"])), row["key"] if pd.isna(row["name"]) else row["name"]
        severity = row["severity"]
        due = DEADLINES[row["deadline"]] if pd.isna(row["due_on"]) else same(row["due_on"])
        inside = NOTHING
        if pd.notna(row["unit_id"]) and row["unit_id"] in report.units.index:
            unit = int(row["unit_id"])
            inside = both(report.unit_name(unit, "zh"), report.unit_name(unit, "en"))
        rows.append([
            Cell(same("–" if pd.isna(row["problem_id"]) else int(row["problem_id"]))),
            Cell(same(row["code"]), anchor=row["code"]),
            Cell(both(f"{theme.zh} {name}", f"{theme.en} {name}")),
            Cell(inside),
            Cell(same("–" if pd.isna(severity) else f"{int(severity)} / 10")),
            Cell(evidence_words(row["evidence"])),
            Cell(due),
            Cell(STATES[row["state"]]),
        ])  # fmt: skip
    return Table(both("最严重的问题", "The gravest problems"), columns, rows)
