"""The empty workbook: a sheet a form with its lists, what to write where, and the things that are to be looked at."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cim.analytics.examination.survey_forms.instructions import instructions
from cim.analytics.examination.survey_forms.things import Things
from cim.survey_forms import ANSWERS, GRADES, NAMED, PLACE_ITEMS, YES, Form, FormColumn, forms

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_LISTS = "选项"
_MADE = dt.datetime(2000, 1, 1)
"""The same things give the same bytes."""
_SPARE = {"满意度": 1000}
_SPARE_ROWS = 60
"""Empty rows with lists below the things that are known."""
_WIDTHS = {"key": 18, "told": 20, "answer": 11, "defect": 28, "photo": 22, "remarks": 22, "name": 20, "unit": 26}
_WORDS: Mapping[str, tuple[str, ...]] = {
    "grade": tuple(GRADES), "yes": tuple(YES), "item": tuple(PLACE_ITEMS),
    "answer": tuple(str(value) for _, value in ANSWERS.values()),
}  # fmt: skip


@dataclass(frozen=True)
class _Formats:
    """Formats of cells."""

    head: Format
    told: Format
    head_told: Format
    key: Format
    day: Format
    cell: Format
    title: Format
    text: Format


def empty_forms(found: Things) -> bytes:
    """Return the workbook (XLSX) for what there is to look at."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, _OPTIONS) as book:
        book.set_properties({"title": f"城市体检调查表 · {found.city.name_zh}", "author": "cim", "created": _MADE})
        formats = _formats(book)
        _explain(book.add_worksheet("填表说明"), found, formats)
        sheets = {name: book.add_worksheet(name) for name in forms()}
        sources = _lists(book.add_worksheet(_LISTS), found)
        for name, form in forms().items():
            _form(sheets[name], form, found.rows.get(name, ()), sources, formats)
    return held.getvalue()


def _formats(book: Workbook) -> _Formats:
    base = {"border": 1, "border_color": "#C9D1D9", "valign": "vcenter", "font_size": 10}
    head = {**base, "bold": True, "text_wrap": True, "align": "center"}
    return _Formats(
        head=book.add_format({**head, "bg_color": "#DCE9F5"}),
        head_told=book.add_format({**head, "bg_color": "#E4E7EA", "font_color": "#4A5560"}),
        told=book.add_format({**base, "bg_color": "#F3F4F6", "font_color": "#4A5560"}),
        key=book.add_format({**base, "bg_color": "#F3F4F6", "num_format": "@"}),
        day=book.add_format({**base, "num_format": "yyyy-mm-dd"}),
        cell=book.add_format(base),
        title=book.add_format({"bold": True, "font_size": 14, "font_color": "#1F4E79"}),
        text=book.add_format({"text_wrap": True, "valign": "top", "font_size": 10}),
    )


def _explain(sheet: Worksheet, found: Things, formats: _Formats) -> None:
    """Write what the workbook is for, in both languages."""
    sheet.set_column(0, 1, 62)
    sheet.hide_gridlines(2)
    for line, (zh, en) in enumerate(instructions(found)):
        for place, text in enumerate((zh, en)):
            sheet.write_string(line, place, text, formats.title if line == 0 else formats.text)
    _paper(sheet)


def _lists(sheet: Worksheet, found: Things) -> dict[str, str]:
    """Write the lists that cells choose from, and return the range of each."""
    sheet.hide()
    keys = tuple(f"{key}{NAMED}{name}" for key, name in found.communities)
    sources = {}
    for place, (kind, words) in enumerate({**_WORDS, "unit": keys}.items()):
        sheet.write_column(0, place, words)
        if words:
            letter = chr(ord("A") + place)
            sources[kind] = f"='{_LISTS}'!${letter}$1:${letter}${len(words)}"
    return sources


def _form(sheet: Worksheet, form: Form, rows: Any, sources: Mapping[str, str], formats: _Formats) -> None:
    """Write a form with the things known in its first columns, and lists down to some spare rows."""
    last = len(rows) + _SPARE.get(form.sheet, _SPARE_ROWS)
    sheet.set_row(0, 44)
    for place, column in enumerate(form.columns):
        told = column.kind in ("key", "told")
        sheet.write_string(0, place, column.title, formats.head_told if told else formats.head)
        shown = formats.key if column.kind == "key" else formats.day if column.kind == "day" else formats.cell
        sheet.set_column(place, place, _WIDTHS.get(column.kind, 13), formats.told if column.kind == "told" else shown)
        sheet.data_validation(1, place, last, place, _validation(column, sources))
        if told:
            for line, row in enumerate(rows, 1):
                value = row.get(column.name)
                if value is not None:
                    sheet.write_string(line, place, str(value), formats.key if column.kind == "key" else formats.told)
    sheet.freeze_panes(1, sum(column.kind in ("key", "told") for column in form.columns[:2]))
    _paper(sheet)


def _validation(column: FormColumn, sources: Mapping[str, str]) -> dict[str, Any]:
    """Return what a cell takes, and what is said beside it."""
    said: dict[str, Any] = {"validate": "any"}
    error = {"error_title": "填写有误", "error_message": f"{column.zh}：请按提示填写。\n{column.en}: see the hint."}
    if column.kind in sources:
        said = {"validate": "list", "source": sources[column.kind], **error}
    elif column.kind == "amount":
        said = {"validate": "decimal", "criteria": ">=", "value": 0, **error}
    elif column.kind == "day":
        said = {"validate": "date", "criteria": "between", "minimum": dt.date(1990, 1, 1),
                "maximum": dt.date(2100, 12, 31), **error}  # fmt: skip
    elif column.kind in ("x", "y"):
        end = 180 if column.kind == "x" else 90
        said = {"validate": "decimal", "criteria": "between", "minimum": -end, "maximum": end, **error}
    hint = "\n".join(filter(None, (column.hint_zh, column.hint_en)))
    return said | ({"input_title": column.zh[:32], "input_message": hint[:255]} if hint else {})


def _paper(sheet: Worksheet) -> None:
    """Print wide, heads on every page."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&R&P / &N")
