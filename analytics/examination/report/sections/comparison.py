"""The year examined beside the last one that was examined: what the city did is told apart from how it is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from cim.analytics.examination.comparison.result import Comparison
from cim.analytics.examination.comparison.words import notes
from cim.analytics.examination.register import Words
from cim.analytics.examination.report.blocks import Block, Cell, Column, Heading, Paragraph, Table
from cim.analytics.examination.report.comparison_fields import NO_YEAR_BEFORE
from cim.analytics.examination.report.numbers import number, with_unit
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.sections.comparison_units import (
    changed_words,
    compared_units,
    old_way_words,
)
from cim.analytics.examination.report.words import NOTHING, both, same
from cim.codes import LEVELS

_TOLD = both(
    "{now} 年（{by_now}）与 {then} 年（{by_then}）比较。边界、建成区、定义或标准有变的，数值差异不全是城市自身的变化："
    "表中另列按原口径重算的数值。",
    "{now} ({by_now}) beside {then} ({by_then}). Where a boundary, the built-up area, a definition or a standard "
    "changed, the difference is not the city's alone: the value computed the old way stands beside it.",
)

TURNS: Mapping[str, tuple[Words, str | None]] = {
    "better": (both("改善", "better"), "meets"),
    "worse": (both("变差", "worse"), "short"),
    "same": (both("持平", "same"), None),
    "": (NOTHING, None),
}
"""How a value turned, and the grade whose colour says so."""


def comparison(report: Report) -> Iterator[Block]:
    """Yield the chapter."""
    yield Heading(both("年度比较", "Comparison with an earlier year"), 1, "comparison")
    found = report.comparison
    if found is None:
        yield Paragraph(NO_YEAR_BEFORE)
        return
    yield _told(found)
    for zh, en in zip(notes(found.notes, "zh"), notes(found.notes, "en"), strict=True):
        yield Paragraph(both(zh, en), "item")
    whole = _whole(found)
    if whole.empty:
        yield Paragraph(both("没有可比较的全市数值。", "No value of the whole city can be compared."))
    else:
        yield Heading(both("全市指标变化", "Indicators of the whole city"), 2, "comparison-city")
        yield _table(found, whole)
    yield from compared_units(report, found)


def _told(found: Comparison) -> Paragraph:
    then, now = found.then, found.now
    told = {"now": now["year"], "then": then["year"], "by_now": now["system"], "by_then": then["system"]}
    return Paragraph(both(_TOLD.zh.format_map(told), _TOLD.en.format_map(told)))


def _whole(found: Comparison) -> pd.DataFrame:
    """Return the rows of the whole city: of the largest level, where it has one unit."""
    table = found.table
    for level in LEVELS:
        rows = table[(table["level"] == level) & (table["then"].notna() | table["now"].notna())]
        if len(rows):
            return rows if rows["unit_id"].nunique() == 1 else rows.iloc[:0]
    return table.iloc[:0]


def _table(found: Comparison, whole: pd.DataFrame) -> Table:
    then, now = str(found.then["year"]), str(found.now["year"])
    columns = [
        Column(same("#"), 8),
        Column(both("指标", "Indicator"), 44),
        Column(same(then), 20, number=True),
        Column(same(now), 20, number=True),
        Column(both("变化", "Change"), 14, number=True),
        Column(both("趋势", "Turn"), 11),
    ]
    moved = whole["changes"].map(len).any()
    if moved:
        columns += [
            Column(both("口径变化", "Changed"), 24, minor=True),
            Column(both("按原口径", "The old way"), 20, number=True),
        ]
    rows = [_row(found, row)[: len(columns)] for row in whole.to_dict("records")]
    caption = both(f"{then} 年与 {now} 年全市数值", f"Values of the whole city in {then} and {now}")
    return Table(caption, columns, rows)


def _row(found: Comparison, row: Mapping[Any, Any]) -> list[Cell]:
    about = found.indicators[row["code"]]
    unit = both(about["unit_zh"], about["unit_en"])
    # What changed in how it is measured makes the plain turn say little.
    turn = row["old_way_turn"] if row["changes"] and pd.notna(row["old_way"]) else row["turn"]
    words, grade = TURNS[turn or ""]
    difference = row["difference"]
    return [
        Cell(same(row["code"]), anchor=row["code"] if about["in_now"] else ""),
        Cell(both(about["title_zh"], about["title_en"])),
        Cell(with_unit(row["then"], unit)),
        Cell(with_unit(row["now"], unit)),
        Cell(same("–" if pd.isna(difference) else f"{'+' if difference > 0 else ''}{number(difference)}")),
        Cell(words, grade=grade),
        Cell(changed_words(row)),
        Cell(old_way_words(row, unit)),
    ]
