"""The summary: what was examined, how it stands, what is worst."""

from __future__ import annotations

from collections.abc import Iterator

from cim.analytics.examination.report.blocks import (
    Block,
    Cell,
    Column,
    Figure,
    Figures,
    Heading,
    Paragraph,
    Table,
    Tiles,
)
from cim.analytics.examination.report.drawings.grades import grade_counts
from cim.analytics.examination.report.gaps import gaps
from cim.analytics.examination.report.numbers import number, with_unit
from cim.analytics.examination.report.problem_counts import bars_by_indicator
from cim.analytics.examination.report.report import Indicated, Report
from cim.analytics.examination.report.words import GRADES, OFFICIAL, UNITS_OF, both, joined, same

_LEAD = both(
    "{year} 年度体检按《{system}》开展，涉及{levels}共 {total} 项指标，评价单元为 {units} 个{of}及以上各级单元。"
    "全市评级：达标 {meets} 项，接近 {near} 项，不达标 {short} 项，无法评价 {not_assessable} 项。",
    "The examination of {year} follows the {system}: {total} indicators of the levels {levels}, taken for {units} {of} "
    "and every level above. For the whole city {meets} meet their standard, {near} are near it, {short} fall short and "
    "{not_assessable} cannot be assessed.",
)
_MOST = 8
"""Indicators of the first chart of problems."""


def summary(report: Report) -> Iterator[Block]:
    """Yield the chapter."""
    yield Heading(both("总体结论", "Summary"), 1, "summary")
    yield _lead(report)
    yield from _to_be_seen(report)
    yield _tiles(report)
    for gap in gaps(report):
        yield Paragraph(gap, "warning")
    figures = [Figure(both("各维度指标评级（全市）", "Grades of the indicators by level, for the whole city"),
                      lambda language: grade_counts(report, language))]  # fmt: skip
    if len(report.problems):
        figures.append(
            Figure(
                both("问题最多的指标", "Indicators with most problems"),
                lambda language: bars_by_indicator(report, _MOST, language),
            )
        )
    yield Figures(figures)
    short = [one for one in report.indicators.values() if one.grade == "short"]
    if short:
        yield Heading(both("未达标指标", "Indicators that fall short"), 2, "short")
        yield _short(short)
    else:
        yield Paragraph(both("没有全市评级为不达标的指标。", "No indicator falls short for the whole city."))


def _lead(report: Report) -> Paragraph:
    counts = {grade: sum(one.grade == grade for one in report.indicators.values()) for grade in GRADES}
    total, units = len(report.indicators), (report.units["level"] == report.level).sum()
    levels = [OFFICIAL[level] for level in OFFICIAL if report.of_level(level)]
    told = {**counts, "total": total, "units": units, "year": report.year}
    zh = {"system": report.system.zh, "levels": joined(levels).zh, "of": UNITS_OF[report.level].zh}
    en = {"system": report.system.en, "levels": joined(levels).en, "of": UNITS_OF[report.level].en}
    return Paragraph(both(_LEAD.zh.format(**told, **zh), _LEAD.en.format(**told, **en)), "lead")


def _to_be_seen(report: Report) -> Iterator[Paragraph]:
    """Tell which indicators have candidates and no grade: what a survey would decide."""
    codes = [
        code
        for code, one in report.indicators.items()
        if one.whole is not None and "prescreened" in str(one.whole["reason"]).split(";")
    ]
    if codes:
        yield Paragraph(
            both(
                f"其中 {len(codes)} 项由登记数据预筛得出候选，待现场核查后评级：{'、'.join(codes)}。",
                f"{len(codes)} of the latter are pre-screened: registers give candidates, and a grade follows when "
                f"surveyors have looked ({', '.join(codes)}).",
            )
        )


def _tiles(report: Report) -> Tiles:
    counts = [
        (
            number(sum(one.grade == grade for one in report.indicators.values())),
            both(f"{words.zh}指标", f"{words.en}"),
            grade,
        )
        for grade, words in GRADES.items()
    ]
    problems = report.problems
    within = int((problems["deadline"] == "within_time").sum())
    return Tiles([
        *counts,
        (number(len(problems)), both("台账问题", "problems in the ledger"), None),
        (number(within), both("其中限时解决", "to be solved within time"), None),
    ])  # fmt: skip


def _short(short: list[Indicated]) -> Table:
    columns = [
        Column(same("#"), 7),
        Column(both("指标", "Indicator"), 44),
        Column(both("全市值", "City"), 18, number=True),
        Column(both("标准", "Standard"), 20, number=True),
        Column(both("维度", "Level"), 28, minor=True),
    ]
    rows = [
        [
            Cell(same(one.code), anchor=one.code),
            Cell(one.title),
            Cell(with_unit(one.whole["value"], one.unit) if one.whole is not None else same("–"), grade="short"),
            Cell(one.standard),
            Cell(OFFICIAL[one.declared["level"]]),
        ]
        for one in short
    ]
    return Table(both("全市评级为不达标的指标", "Indicators that fall short for the whole city"), columns, rows)
