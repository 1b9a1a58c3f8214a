"""A comparison as rows for tables, JSON and CSV: what is missing is null, never zero."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from typing import Any

import orjson

from cim.analytics.examination.comparison.result import Comparison
from cim.analytics.examination.comparison.words import changed, notes, why
from cim.analytics.file_format import CSV, JSON, FileFormat

ROW = (
    "code", "unit_id", "level", "name", "name_en", "then", "now", "difference", "turn", "then_grade", "now_grade",
    "grade_turn", "changes", "old_way", "old_way_difference", "old_way_turn", "old_way_grade", "why_not",
    "then_missing", "now_missing", "then_low", "then_high", "now_low", "now_high", "then_extent_m2", "now_extent_m2",
)  # fmt: skip
"""Columns of a row, in order."""


def told(found: Comparison, rows: Any = None) -> dict[str, Any]:
    """Return a comparison as plain values: then, now, indicators, rows, grades, notes in both languages."""
    table = found.table if rows is None else rows
    return {
        "then": dict(found.then),
        "now": dict(found.now),
        "indicators": {code: dict(one) for code, one in found.indicators.items()},
        "rows": [row_of(row) for row in table.to_dict("records")],
        "notes": [
            {"code": code, "count": count, "zh": notes({code: count}, "zh")[0], "en": notes({code: count})[0]}
            for code, count in found.notes.items()
        ],
    }


def row_of(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row of a comparison as plain values, with what changed and why something is missing in words."""
    plain = {name: _plain(row[name]) for name in ROW}
    reason = plain["why_not"]
    return plain | {
        "changes": list(row["changes"]),
        "changes_zh": changed(row["changes"], "zh"),
        "changes_en": changed(row["changes"]),
        "why_not_zh": None if reason is None else why(str(reason), "zh"),
        "why_not_en": None if reason is None else why(str(reason)),
    }


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)) or value == "":
        return None
    return value.item() if hasattr(value, "item") else value


def comparison_json(found: Comparison, _language: str = "zh") -> bytes:
    """Return a comparison as JSON, in both languages whichever is asked for."""
    return orjson.dumps(told(found))


def comparison_csv(found: Comparison, _language: str = "zh") -> bytes:
    """Return the rows of a comparison as CSV in UTF-8 that spreadsheets open, what changed in both languages."""
    held = io.StringIO()
    names = [*ROW, "changes_zh", "changes_en", "why_not_zh", "why_not_en"]
    writer = csv.DictWriter(held, names)
    writer.writeheader()
    for row in told(found)["rows"]:
        writer.writerow({**row, "changes": ";".join(row["changes"])})
    return b"\xef\xbb\xbf" + held.getvalue().encode()


FORMATS: Mapping[str, FileFormat[Comparison]] = {
    "csv": FileFormat(CSV, comparison_csv),
    "json": FileFormat(JSON, comparison_json),
}
"""Formats by the ending of their files."""
