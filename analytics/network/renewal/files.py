"""A plan of renewal as CSV, as a workbook and as JSON."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from cim.analytics.file_format import JSON, XLSX, FileFormat
from cim.analytics.network.renewal.keeping import ListedPlan
from cim.analytics.network.renewal.rules_told import NO_RULE, days_told, none_in_force, state_title
from cim.analytics.network.renewal.words import HEADS, WAYS

_ROUNDED = {"length_m": 1, "cost_yuan": 0, "removed_yuan": 0, "removed_per_yuan": 4, "failures_a_year": 4}
_WIDTHS = {"road_name": 20, "materials": 18, "segment_ids": 60}


def plan_csv(plan: ListedPlan, language: str = "zh") -> bytes:
    """Return the works as CSV, with a byte-order mark so that spreadsheets read it as UTF-8."""
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow([_word(title, language) for title in HEADS.values()])
    writer.writerows([_cell(name, work[name]) for name in HEADS] for work in plan.works)
    return held.getvalue().encode("utf-8-sig")


def plan_json(plan: ListedPlan, language: str = "zh") -> bytes:
    """Return the whole plan as one JSON object; its names are the same in every language."""
    del language
    return orjson.dumps(dataclasses.asdict(plan), option=orjson.OPT_INDENT_2)


def plan_xlsx(plan: ListedPlan, language: str = "zh") -> bytes:
    """Return the plan as a workbook: the works, the plan beside other ways to choose, and what limits it."""
    import xlsxwriter

    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(held, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8EDF2", "border": 1, "text_wrap": True})
        sheet = book.add_worksheet(_word(("改造工程", "Works"), language))
        sheet.freeze_panes(1, 0)
        for column, (name, title) in enumerate(HEADS.items()):
            sheet.write(0, column, _word(title, language), head)
            sheet.set_column(column, column, _WIDTHS.get(name, 12))
            for row, work in enumerate(plan.works, 1):
                sheet.write(row, column, _cell(name, work[name]))
        sheet = book.add_worksheet(_word(("比选", "Comparison"), language))
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 5, 16)
        heads = (("方案", "Way"), ("工程数", "Works"), HEADS["length_m"], HEADS["cost_yuan"], HEADS["removed_yuan"],
                 HEADS["removed_per_yuan"])  # fmt: skip
        sheet.write_row(0, 0, [_word(one, language) for one in heads], head)
        for row, way in enumerate((plan.found or {}).get("ways", ()), 1):
            names = ("works", "length_m", "cost_yuan", "removed_yuan", "removed_per_yuan")
            told = [_word(WAYS[way["way"]], language), *(_cell(name, way[name]) for name in names)]
            sheet.write_row(row, 0, told)
        sheet = book.add_worksheet(_word(("说明", "Notes"), language))
        sheet.set_column(0, 0, 120)
        sheet.write_column(0, 0, list(_notes(plan, language)))
    return held.getvalue()


def _notes(plan: ListedPlan, language: str) -> Iterator[str]:
    """Yield the rules of renewal that name its pipes, whether one is in force, and what was assumed."""
    told = "zh" if language.startswith("zh") else "en"
    rules = (plan.found or {}).get("rules", ())
    for row in rules:
        title = f"{row['source']} {row[f'title_{told}']}"
        yield f"{title}: {row['pipes']}; {state_title(row['state'], language)}, {days_told(row)} ({row['status']})"
    if none_in_force(rules):
        yield NO_RULE[told]
    for reason in plan.left_out.values():
        yield f"{reason['count']} × {reason[told]}"


FORMATS: Mapping[str, FileFormat[ListedPlan]] = {
    "csv": FileFormat("text/csv", plan_csv),
    "xlsx": FileFormat(XLSX, plan_xlsx),
    "json": FileFormat(JSON, plan_json),
}
"""Formats by the ending of their files; over the web JSON is the answer itself."""


def _word(pair: tuple[str, str], language: str) -> str:
    return pair[0] if language.startswith("zh") else pair[1]


def _cell(name: str, value: Any) -> str | float | int:
    """Return a value as a cell holds it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "✓" if value else ""
    told: str | float | int = round(value, _ROUNDED[name]) if name in _ROUNDED else value
    return told
