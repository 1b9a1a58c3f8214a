"""Sheets of a form workbook as frames: our names for the columns, rows numbered as the program shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cim.errors import BadSource
from cim.etl.batch import Reject
from cim.etl.workbook import opened_workbook
from cim.survey_forms import Form, forms


@dataclass(frozen=True)
class Sheet:
    """A sheet that somebody filled in."""

    form: Form
    """What it is."""
    before: str
    """What stands before its name where a record is named: the workbook, where there are several."""
    rows: pd.DataFrame
    """Texts, numbers and dates, None where a cell is empty; index: number of the row in the sheet."""
    rejects: tuple[Reject, ...]
    """Remarks on the sheet as a whole."""

    def named(self, row: object, title: str = "") -> str:
        """Return how a record of a row is called."""
        return f"{self.before}{self.form.sheet} {row}{f' {title}' if title else ''}"


def filled_sheets(path: Path, before: str) -> Iterator[Sheet]:
    """Yield the sheets of a workbook that are forms of ours.

    Raises
    ------
    BadSource
        It cannot be read, or a sheet lacks the column that says what a row is about.
    """
    with opened_workbook(path) as book:
        for name in book.sheet_names:
            form = forms().get(name.strip())
            if form is not None:
                yield _sheet(path, before, form, book.get_sheet_by_name(name).to_python(skip_empty_area=False))


def _sheet(path: Path, before: str, form: Form, cells: Sequence[Sequence[Any]]) -> Sheet:
    head = [str(cell).strip().partition("\n")[0].strip() for cell in cells[0]] if cells else []
    names = {column.zh: column.name for column in form.columns}
    place = {names[title]: at for at, title in enumerate(head) if title in names}
    for column in form.columns:
        if column.kind in ("key", "unit", "item") and column.name not in place:
            what = f"sheet {form.sheet} has no column {column.zh}"
            raise BadSource(path, what, "keep the heads as cim examine survey-forms writes them")
    values = {name: [_plain(row[at]) for row in cells[1:]] for name, at in place.items()}
    rows = pd.DataFrame(values, index=range(2, len(cells) + 1), dtype=object)
    rows = rows.reindex(columns=[column.name for column in form.columns])
    strange = [
        title
        for at, title in enumerate(head)
        if title and title not in names and any(_plain(row[at]) is not None for row in cells[1:])
    ]
    remarks = tuple(_unknown(before, form, title) for title in strange)
    return Sheet(form, before, rows.astype(object).where(rows.notna(), None), remarks)


def _unknown(before: str, form: Form, title: str) -> Reject:
    """Remark on a column that nobody reads: a head that was changed hides what stands below it."""
    return Reject(
        f"{before}{form.sheet} 1", "form.unknown_column", f"column {title!r} is none of the form: it is not read",
        "keep the heads as cim examine survey-forms writes them", "survey_finding", severity="warning",
        reason_zh=f"列“{title}”不是表格的列，未读取",
    )  # fmt: skip


def _plain(cell: Any) -> Any:
    """Return a cell's value: text without blanks around it, a whole number without a point, None for nothing."""
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell.date() if isinstance(cell, dt.datetime) else cell


def text(value: Any) -> str | None:
    """Return a cell as text, where it has any."""
    return None if value is None else str(value)
