"""The years compared as a plain table: each indicator and unit then, now, and now computed the old way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cim.analytics.examination.comparison.words import changed, why
from cim.analytics.examination.report.fields import Named, Plain, once, plain
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import GRADES, UNIT_LEVELS, both

NO_YEAR_BEFORE = both(
    "没有更早年度的体检结果，无法比较。", "No earlier year was examined: there is none to compare with."
)
"""What stands where there is nothing to compare with."""

_TURNS: Mapping[str, str] = {"better": "改善 better", "worse": "变差 worse", "same": "持平 same"}


def _columns(then: str, now: str) -> tuple[Named, ...]:
    return (
        Named("number", "序号 no.", 7),
        Named("code", "编码 code", 8),
        Named("title", "指标 indicator", 34),
        Named("unit", "单位 unit", 10),
        Named("unit_level", "层级 level", 9),
        Named("unit_name", "单元 unit", 18),
        Named("then", f"{then} 年", 12),
        Named("now", f"{now} 年", 12),
        Named("difference", "变化 change", 12),
        Named("turn", "趋势 turn", 12),
        Named("then_grade", f"{then} 年评级 grade", 10),
        Named("now_grade", f"{now} 年评级 grade", 10),
        Named("changes", "口径变化", 20),
        Named("changes_en", "changed extent or definition", 24),
        Named("old_way", f"按 {then} 年口径重算 the old way", 14),
        Named("old_way_difference", "同口径变化 change the old way", 14),
        Named("old_way_turn", "同口径趋势 turn the old way", 14),
        Named("old_way_grade", "同口径评级 grade the old way", 12),
        Named("why_not", "未重算原因", 26),
        Named("why_not_en", "why not computed the old way", 36),
        Named("then_missing", f"{then} 年缺失比例 missing", 11),
        Named("now_missing", f"{now} 年缺失比例 missing", 11),
        Named("then_extent_m2", f"{then} 年范围 m² extent", 14),
        Named("now_extent_m2", f"{now} 年范围 m² extent", 14),
    )


@once
def comparison_fields(report: Report) -> Plain:
    """Return a row for each indicator and unit that has a value in either year; one that says so where none has.

    What was not recomputed is empty, with the reason beside it; a plain difference across changed extents or
    definitions is told beside the one the old way, never instead of it.
    """
    found = report.comparison
    if found is None:
        words = f"{NO_YEAR_BEFORE.zh} {NO_YEAR_BEFORE.en}"
        return Plain((Named("told", "年度比较 comparison", 90),), [[words]])
    rows = []
    table = found.table
    told = table[table[["then", "now", "old_way"]].notna().any(axis=1)]
    for number, row in enumerate(told.to_dict("records"), 1):
        about = found.indicators[row["code"]]
        rows.append([
            number, row["code"], about["title_zh"], about["unit_zh"], UNIT_LEVELS[row["level"]].zh, row["name"],
            plain(row["then"]), plain(row["now"]), plain(row["difference"]), _TURNS.get(row["turn"]),
            _grade(row["then_grade"]), _grade(row["now_grade"]),
            changed(row["changes"], "zh") or None, changed(row["changes"]) or None, *_old_way(row),
            *(plain(row[name]) for name in ("then_missing", "now_missing", "then_extent_m2", "now_extent_m2")),
        ])  # fmt: skip
    return Plain(_columns(str(found.then["year"]), str(found.now["year"])), rows)


def _grade(grade: Any) -> str | None:
    return None if grade is None or pd.isna(grade) else GRADES[grade].zh


def _old_way(row: Mapping[Any, Any]) -> list[Any]:
    """Return the cells of a value the old way; all are empty where nothing changed."""
    if not row["changes"]:
        return [None] * 6
    reason = plain(row["why_not"])
    said = [None, None] if reason is None else [why(reason, "zh"), why(reason)]
    value, difference = plain(row["old_way"]), plain(row["old_way_difference"])
    return [value, difference, _TURNS.get(row["old_way_turn"]), _grade(row["old_way_grade"]), *said]
