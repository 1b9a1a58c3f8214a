"""The workbook: every number, the ledger, the sources, and the tables that a city hands in (上报表)."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cim.analytics.examination.comparison.words import notes
from cim.analytics.examination.report.comparison_fields import NO_YEAR_BEFORE, comparison_fields
from cim.analytics.examination.report.fields import indicator_fields, problem_fields, project_fields, value_fields
from cim.analytics.examination.report.gaps import absent, reason_words
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.submission import Form, rows_of
from cim.analytics.examination.report.titles import city_name, headline
from cim.analytics.examination.report.words import COLOURS, GRADES, MADE_UP, PROVISIONAL

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_GRADED = {words.zh: grade for grade, words in GRADES.items()}


@dataclass(frozen=True)
class Listing:
    """A sheet of the workbook."""

    name: str
    """Of the sheet."""
    head: Sequence[str]
    """Titles of the columns, in both languages."""
    rows: Iterable[Sequence[Any]]
    """Cells by row."""
    widths: Sequence[float]
    """Of the columns, in letters."""


@dataclass(frozen=True)
class _Formats:
    """Formats of cells."""

    title: Format
    head: Format
    cell: Format
    number: Format
    grades: dict[str, Format]


def workbook(report: Report, forms: Sequence[Form]) -> bytes:
    """Return the workbook.

    Parameters
    ----------
    report
        What it tells.
    forms
        Tables to hand in, as `submission.load_forms` reads them.
    """
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, _OPTIONS) as book:
        book.set_properties(
            {
                "title": f"{headline(report).zh} · {city_name(report).zh}",
                "subject": report.stamp.zh,
                "author": "cim",
                "created": dt.datetime.combine(report.made_on, dt.time()),
            }
        )
        formats = _formats(book)
        for listing in _listings(report):
            _write(book.add_worksheet(listing.name), listing, formats, report)
        for form in forms:
            _hand_in(book.add_worksheet(form.sheet), form, report, formats)
    return held.getvalue()


def _formats(book: Workbook) -> _Formats:
    base = {"border": 1, "border_color": "#C9D1D9", "valign": "top", "text_wrap": True, "font_size": 10}
    return _Formats(
        book.add_format({"bold": True, "font_size": 14, "font_color": "#1F4E79"}),
        book.add_format({**base, "bold": True, "bg_color": "#E8EDF2"}),
        book.add_format(base),
        book.add_format({**base, "num_format": "#,##0.###"}),
        {grade: book.add_format({**base, "bg_color": colour}) for grade, colour in COLOURS.items()},
    )


def _listings(report: Report) -> Iterable[Listing]:
    yield Listing("说明 about", ("", ""), list(_about(report)), (34, 90))
    for name, fields in (
        ("指标 indicators", indicator_fields),
        ("数值 values", value_fields),
        ("台账 ledger", problem_fields),
        ("项目 projects", project_fields),
        ("比较 comparison", comparison_fields),
    ):
        table = fields(report)
        yield Listing(
            name, [column.title for column in table.columns], table.rows, [column.width for column in table.columns]
        )
    yield Listing(
        "来源 sources",
        (
            "来源 source",
            "类型 kind",
            "文件 file",
            "SHA-256",
            "字节 bytes",
            "记录 records",
            "拒绝 refused",
            "许可 licence",
            "署名 attribution",
        ),
        [
            (
                s["name"],
                s["kind"],
                PurePath(s["path"]).name,
                s["sha256"],
                s["size_bytes"],
                s["records_in"],
                s["rejected"],
                s["licence"],
                s["attribution"],
            )
            for s in report.sources
        ],
        (22, 14, 30, 24, 12, 10, 10, 16, 40),
    )
    yield Listing(
        "缺失 missing",
        ("原因 reason", "reason", "指标数 indicators", "指标 which"),
        [(reason_words(r).zh, reason_words(r).en, count, ", ".join(codes)) for r, count, codes in absent(report)],
        (50, 60, 12, 60),
    )


def _about(report: Report) -> Iterable[tuple[str, Any]]:
    told = report.parameters
    yield "报告 report", f"{headline(report).zh} / {headline(report).en}"
    yield "城市 city", f"{report.city.name_zh} / {report.city.name_en}"
    yield "体检年度 year", report.year
    yield "指标体系 system", f"{report.system.zh} / {report.system.en}"
    provisional = f"（{PROVISIONAL.zh} {PROVISIONAL.en}）" if told.get("provisional") else ""
    yield "体系年份 year of the system", f"{told['system_year']}{provisional}"
    if report.synthetic:
        yield "数据 data", f"{MADE_UP.zh} / {MADE_UP.en}"
    yield from _compared(report)
    yield "报告日期 date", report.made_on.isoformat()
    yield "软件 software", f"cim {report.software_version}"
    yield "缺失 missing", "空白表示未知，不是零 / an empty cell is not known, not zero"


def _compared(report: Report) -> Iterable[tuple[str, str]]:
    """Yield which years stand beside one another, and what limits that."""
    found = report.comparison
    if found is None:
        yield "年度比较 comparison", f"{NO_YEAR_BEFORE.zh} {NO_YEAR_BEFORE.en}"
        return
    then, now = (f"{side['year']} ({side['system']})" for side in (found.then, found.now))
    yield "年度比较 comparison", f"{now} ← {then}"
    for zh, en in zip(notes(found.notes, "zh"), notes(found.notes, "en"), strict=True):
        yield "", f"{zh} / {en}"


def _write(sheet: Worksheet, listing: Listing, formats: _Formats, report: Report) -> None:
    """Write a listing with its head frozen and filtered."""
    for place, width in enumerate(listing.widths):
        sheet.set_column(place, place, width)
    first = 0
    if any(listing.head):
        sheet.write_row(0, 0, listing.head, formats.head)
        first = 1
    count = 0
    for count, row in enumerate(listing.rows, 1):
        _row(sheet, first + count - 1, row, formats)
    if first and count:
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, count, len(listing.head) - 1)
    _paper(sheet, report)


def _row(sheet: Worksheet, line: int, row: Sequence[Any], formats: _Formats) -> None:
    for place, value in enumerate(row):
        if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
            sheet.write_blank(line, place, None, formats.cell)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            grade = _GRADED.get(str(value))
            sheet.write_string(line, place, str(value), formats.grades[grade] if grade else formats.cell)
        else:
            sheet.write_number(line, place, value, formats.number)


def _paper(sheet: Worksheet, report: Report) -> None:
    """Print wide, the system's year and whether data are made up on every page."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{report.stamp.zh}&C{city_name(report).zh}&R&P / &N")


def _hand_in(sheet: Worksheet, form: Form, report: Report, formats: _Formats) -> None:
    """Write a form with its title above and its foot below."""
    head, rows = rows_of(form, report)
    sheet.merge_range(0, 0, 0, max(len(head) - 1, 1), form.titled(report), formats.title)
    sheet.write_row(1, 0, head, formats.head)
    line = 2
    for row in rows:
        _row(sheet, line, row, formats)
        line += 1
    if line == 2:
        sheet.write_string(line, 0, "无 none", formats.cell)
        line += 1
    if form.foot:
        sheet.write_string(line + 1, 0, form.foot)
    sheet.write_string(line + 2, 0, report.stamp.zh)
    for place, column in enumerate(form.columns):
        sheet.set_column(place, place, column.width)
    sheet.freeze_panes(2, 0)
    _paper(sheet, report)
    sheet.repeat_rows(0, 1)
