"""The project list as a workbook and as JSON."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from cim.analytics.examination.projects.project import Project, ProjectList
from cim.analytics.examination.register import Words
from cim.analytics.file_format import JSON, XLSX, FileFormat

LANGUAGES = ("zh", "en")

_WORDS: Mapping[str, tuple[str, str]] = {
    "projects": ("项目清单", "Projects"),
    "items": ("整治内容", "What is done"),
    "problems": ("问题对应", "Problems"),
    "notes": ("说明", "Notes"),
    "title": ("城市体检更新项目清单", "Renewal projects from the examination"),
    "number": ("项目编号", "Project"),
    "work": ("工程类型", "Works"),
    "area": ("更新片区", "Renewal area"),
    "unit": ("社区（单元）", "Community or unit"),
    "count": ("问题数", "Problems"),
    "candidates": ("其中候选", "Candidates"),
    "severity": ("最高严重度", "Gravest"),
    "deadline": ("期限类别", "Deadline"),
    "due": ("最早期限", "Earliest day"),
    "responsible": ("责任单位", "Responsible"),
    "named": ("责任单位依据", "Known from"),
    "low": ("造价下限（万元）", "Cost from (10,000 yuan)"),
    "high": ("造价上限（万元）", "Cost to (10,000 yuan)"),
    "uncosted": ("未计价问题", "Not costed"),
    "mends": ("改善指标", "Indicators mended"),
    "status": ("单价依据", "Unit cost"),
    "code": ("指标", "Indicator"),
    "name": ("指标名称", "Name"),
    "action": ("措施", "What is done"),
    "amount": ("数量", "Amount"),
    "measure": ("单位", "Unit"),
    "problem": ("问题编号", "Problem"),
    "place": ("经度, 纬度", "Longitude, latitude"),
    "within_time": ("限时解决", "by a day"),
    "best_effort": ("尽力解决", "as far as possible"),
    "ledger": ("台账", "ledger"),
    "usual": ("通常职责", "usual duty"),
    "unverified": ("未经核实", "unverified"),
    "synthetic": ("合成数据", "synthetic data"),
}


def say(name: str, language: str) -> str:
    """Return a word of a project list in a language."""
    return _WORDS[name][LANGUAGES.index(language)]


def _in(words: Words, language: str) -> str:
    return words.zh if language == "zh" else words.en


def projects_json(found: ProjectList, _language: str = "zh") -> bytes:
    """Return the list as JSON, in both languages whichever is asked for."""
    return orjson.dumps(dataclasses.asdict(found))


def projects_xlsx(found: ProjectList, language: str = "zh") -> bytes:
    """Return the list as a workbook: projects, what each does, the problems that each solves, notes.

    Parameters
    ----------
    found
        The list.
    language
        zh or en.
    """
    import xlsxwriter

    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(held, options) as book:
        book.set_properties({"title": say("title", language), "author": "", "comments": _heading(found, language)})
        for name, table in _tables(found, language).items():
            _page(book, say(name, language), _heading(found, language), table)
    return held.getvalue()


@dataclass(frozen=True)
class _Table:
    """A sheet of the workbook."""

    head: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[Any]]


def _tables(found: ProjectList, language: str) -> dict[str, _Table]:
    projects = ("number", "work", "area", "unit", "count", "candidates", "severity", "deadline", "due", "responsible",
                "named", "low", "high", "uncosted", "status", "mends", "place")  # fmt: skip
    items = ("number", "code", "name", "action", "count", "amount", "measure", "low", "high", "uncosted", "status")
    heads = {"projects": projects, "items": items, "problems": ("number", "problem")}
    widths = {
        "projects": (22, 24, 30, 18, 9, 9, 10, 12, 12, 34, 14, 14, 14, 10, 12, 30, 24),
        "items": (22, 8, 34, 34, 9, 12, 10, 14, 14, 10, 12),
        "problems": (22, 12),
    }
    rows: dict[str, list[Sequence[Any]]] = {
        "projects": [_project(one, language) for one in found.projects],
        "items": [row for one in found.projects for row in _items(one, language)],
        "problems": [(one.number, problem) for one in found.projects for problem in one.problems],
    }
    told = {name: _Table([say(key, language) for key in heads[name]], widths[name], rows[name]) for name in heads}
    return told | {"notes": _Table([say("notes", language)], (120,), [(_in(note, language),) for note in found.notes])}


def _project(one: Project, language: str) -> Sequence[Any]:
    return (
        one.number,
        _in(one.title, language),
        _in(one.area_name, language),
        _in(one.unit, language),
        len(one.problems),
        one.candidates,
        one.severity,
        say(one.deadline, language),
        one.due_on.isoformat() if one.due_on else None,
        _in(one.responsible, language),
        say("ledger" if one.named else "usual", language),
        *_band(one.low_cny, one.high_cny, costed=one.uncosted < len(one.problems)),
        one.uncosted,
        _status({item.status for item in one.items}, language),
        "、".join(one.mends) if language == "zh" else ", ".join(one.mends),
        None if one.place is None else f"{one.place[0]}, {one.place[1]}",
    )


def _items(one: Project, language: str) -> list[Sequence[Any]]:
    return [
        (
            one.number,
            item.code,
            _in(item.title, language),
            _in(item.action, language),
            item.problems,
            None if item.amount is None else round(item.amount, 1),
            _in(item.unit, language),
            *_band(item.low_cny, item.high_cny, costed=item.uncosted < item.problems),
            item.uncosted,
            _status({item.status}, language),
        )
        for item in one.items
    ]


def _band(low: float, high: float, *, costed: bool) -> tuple[float | None, float | None]:
    """Return a cost in ten thousands of yuan; nothing where nothing of it is costed."""
    return (round(low / 1e4, 1), round(high / 1e4, 1)) if costed else (None, None)


def _status(said: set[str], language: str) -> str:
    return ", ".join(say(one, language) if one in _WORDS else one for one in sorted(said))


def _heading(found: ProjectList, language: str) -> str:
    """Return what stands above every table: city, year and system, and that data is made up where it is."""
    about = found.about
    city = about["city_zh"] if language == "zh" else about["city_en"]
    synthetic = (
        say("synthetic", language) if about["synthetic"] and "合成" not in city and "synthetic" not in city else ""
    )
    told = [city, synthetic, str(about["year"] or ""), about["system"] or ""]
    return " · ".join(part for part in told if part)


def _page(book: Any, name: str, heading: str, table: _Table) -> None:
    head = book.add_format({"bold": True, "bg_color": "#E8EDF2", "border": 1, "text_wrap": True, "valign": "top"})
    cell = book.add_format({"border": 1, "valign": "top", "text_wrap": True})
    sheet = book.add_worksheet(name[:31])
    sheet.write(0, 0, f"{name} — {heading}", book.add_format({"bold": True, "font_size": 13}))
    sheet.write_row(2, 0, table.head, head)
    for number, row in enumerate(table.rows, start=3):
        sheet.write_row(number, 0, row, cell)
    for column, width in enumerate(table.widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(3, 1)
    if table.rows and len(table.head) > 1:
        sheet.autofilter(2, 0, 2 + len(table.rows), len(table.head) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(2)
    sheet.fit_to_pages(1, 0)


FORMATS: Mapping[str, FileFormat[ProjectList]] = {
    "json": FileFormat(JSON, projects_json),
    "xlsx": FileFormat(XLSX, projects_xlsx),
}
"""Formats by the ending of their files."""
