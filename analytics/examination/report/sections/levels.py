"""Each official level: its indicators with values, standards and grades, and the grades of every unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from cim.analytics.examination.report.blocks import (
    Block,
    Cell,
    Column,
    Figure,
    Figures,
    Heading,
    Paragraph,
    Table,
)
from cim.analytics.examination.report.drawings.grades import MOST_UNITS, grade_table
from cim.analytics.examination.report.numbers import share, with_unit
from cim.analytics.examination.report.report import Indicated, Report
from cim.analytics.examination.report.words import GRADES, NOTHING, OFFICIAL, UNITS_OF, both, said, same


def levels(report: Report) -> Iterator[Block]:
    """Yield the chapter."""
    yield Heading(both("各维度体检结果", "Results by level"), 1, "levels")
    for level, words in OFFICIAL.items():
        found = report.of_level(level)
        yield Heading(words, 2, f"level-{level}")
        if not found:
            yield Paragraph(both("本指标体系在该维度没有指标。", "The system has no indicators of this level."))
            continue
        yield _told(found)
        yield _table(level, found)
        spread = [one for one in found if (one.at(report.level)["grade"] != "not_assessable").any()]
        units = int((report.units["level"] == report.level).sum())
        if spread and 1 < units <= MOST_UNITS:
            name = UNITS_OF[report.level]
            caption = both(f"{words.zh}：各{name.zh}评级", f"{words.en}: grades of the {name.en}")
            yield Figures([Figure(caption, partial(grade_table, report, spread))])


def _told(found: Sequence[Indicated]) -> Paragraph:
    counts = {grade: [one.code for one in found if one.grade == grade] for grade in GRADES}
    zh = "；".join(f"{GRADES[grade].zh} {len(codes)} 项" for grade, codes in counts.items() if codes)
    en = "; ".join(f"{len(codes)} {said(GRADES[grade], 'en')}" for grade, codes in counts.items() if codes)
    return Paragraph(
        both(f"共 {len(found)} 项指标，全市评级：{zh}。", f"{len(found)} indicators; for the whole city {en}.")
    )


def _table(level: str, found: Sequence[Indicated]) -> Table:
    columns = [
        Column(same("#"), 7),
        Column(both("指标", "Indicator"), 42),
        Column(both("全市值", "City"), 18, number=True),
        Column(both("标准", "Standard"), 19, number=True),
        Column(both("评级", "Grade"), 15),
        Column(both("缺失", "Missing"), 9, number=True, minor=True),
    ]
    rows = [
        [
            Cell(same(f"{one.code}{'★' if one.declared.get('core') else ''}"), anchor=one.code),
            Cell(one.title),
            Cell(NOTHING if one.whole is None else with_unit(one.whole["value"], one.unit)),
            Cell(one.standard if one.declared["standard"] else NOTHING),
            Cell(GRADES[one.grade], grade=one.grade),
            Cell(NOTHING if one.whole is None else same(share(one.whole["missing_share"]))),
        ]
        for one in found
    ]
    caption = both(
        f"{OFFICIAL[level].zh}指标（★ 为核心指标）", f"Indicators of the level {OFFICIAL[level].en} (★ core)"
    )
    return Table(caption, columns, rows)
