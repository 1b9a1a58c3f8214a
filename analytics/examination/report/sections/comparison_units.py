"""The units beside the year before: whose grade turned, and whose value is another because it is measured otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd

from cim.analytics.examination.comparison.result import Comparison
from cim.analytics.examination.comparison.turns import grade_turns
from cim.analytics.examination.comparison.words import changed, why
from cim.analytics.examination.register import Words
from cim.analytics.examination.report.blocks import Block, Cell, Column, Figure, Figures, Heading, Paragraph, Table
from cim.analytics.examination.report.drawings.turns import grade_turns as drawn_turns
from cim.analytics.examination.report.numbers import with_unit
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import NOTHING, UNITS_OF, both, same

_MOST = 30
"""Rows of units that are measured otherwise; the workbook of `cim examine compare` has the others."""


def compared_units(report: Report, found: Comparison) -> Iterator[Block]:
    """Yield how the grades of the units turned, and what the old way makes of their values."""
    rows = found.table[found.table["level"] == report.level]
    name = UNITS_OF[report.level]
    yield Heading(both(f"各{name.zh}评级变化", f"Grades of the {name.en}"), 2, "comparison-units")
    turned = rows.assign(grade_turn=_fair_turns(rows))
    turned = turned[turned["grade_turn"].isin(["better", "worse"])]
    if rows["changes"].map(len).any():
        yield Paragraph(
            both("口径有变的，按原口径的评级比较；无法按原口径重算的不计。",
                 "Where extent, definition or standard changed, grades the old way are compared; what cannot be told "
                 "the old way is not counted."), "note")  # fmt: skip
    if turned.empty:
        yield Paragraph(both(f"没有{name.zh}的评级发生变化。", f"The grades of the {name.en} are what they were."))
    else:
        caption = both(f"评级变化的{name.zh}数", f"{name.en.capitalize()} whose grade turned, by indicator")
        yield Figures([Figure(caption, partial(drawn_turns, report, turned))])
    yield from _measured_otherwise(found, rows, name)


def _fair_turns(rows: pd.DataFrame) -> pd.Series[Any]:
    """Return how grades turned, the old way where anything changed: nothing where that is not known."""
    moved = rows["changes"].map(len) > 0
    fair = grade_turns(rows["then_grade"], rows["old_way_grade"])
    return rows["grade_turn"].mask(moved, pd.Series(fair, index=rows.index))


def _measured_otherwise(found: Comparison, rows: pd.DataFrame, name: Words) -> Iterator[Block]:
    """Yield a table of the units whose value the old way is another, those furthest apart first."""
    size = rows[["now", "old_way"]].abs().max(axis=1)
    apart = ((rows["now"] - rows["old_way"]).abs() / size.where(size > 0, 1.0)).fillna(1.0)
    some = (rows["changes"].map(len) > 0) & (rows["old_way"].notna() | rows["now"].notna() | rows["why_not"].notna())
    other = rows.assign(apart=apart)[some & (apart > 1e-9)].sort_values("apart", ascending=False, kind="stable")
    if other.empty:
        return
    yield Heading(both(f"口径变化的{name.zh}", f"The {name.en} the old way"), 2, "comparison-old-way")
    if len(other) > _MOST:
        yield Paragraph(
            both(f"以下为差异最大的 {_MOST} 行，共 {len(other):,} 行；其余见 cim examine compare --out。",
                 f"The {_MOST} furthest apart of {len(other):,}; all are told by cim examine compare --out."),
            "note")  # fmt: skip
    then, now = str(found.then["year"]), str(found.now["year"])
    columns = [
        Column(same("#"), 8), Column(both("单元", "Unit"), 34), Column(same(then), 20, number=True),
        Column(same(now), 20, number=True), Column(both("口径变化", "Changed"), 30, minor=True),
        Column(both("按原口径", "The old way"), 28, number=True),
    ]  # fmt: skip
    caption = both(
        f"口径变化的{name.zh}：{now} 年数值与按 {then} 年口径重算的数值",
        f"{name.en.capitalize()} measured otherwise: values of {now}, and computed as in {then}",
    )
    yield Table(caption, columns, [_row(found, row) for row in other.head(_MOST).to_dict("records")])


def _row(found: Comparison, row: Mapping[Any, Any]) -> list[Cell]:
    about = found.indicators[row["code"]]
    unit = both(about["unit_zh"], about["unit_en"])
    english = row["name_en"] if isinstance(row["name_en"], str) else row["name"]
    return [
        Cell(same(row["code"]), anchor=row["code"] if about["in_now"] else ""),
        Cell(both(str(row["name"]), str(english))),
        Cell(with_unit(row["then"], unit)),
        Cell(with_unit(row["now"], unit)),
        Cell(changed_words(row)),
        Cell(old_way_words(row, unit)),
    ]


def changed_words(row: Mapping[Any, Any]) -> Words:
    """Return what changed of how a value is measured."""
    return both(changed(row["changes"], "zh"), changed(row["changes"], "en")) if row["changes"] else NOTHING


def old_way_words(row: Mapping[Any, Any], unit: Words) -> Words:
    """Return the value computed the old way, or why there is none."""
    if not row["changes"]:
        return NOTHING
    if pd.notna(row["old_way"]):
        return with_unit(row["old_way"], unit)
    code = row["why_not"]
    return NOTHING if code is None or pd.isna(code) else both(why(code, "zh"), why(code, "en"))
