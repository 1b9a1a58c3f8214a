"""From rows of a form to findings: a record for each thing and item that was looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from cim.etl.batch import Reject
from cim.etl.readers.survey_forms_photos import Photos
from cim.etl.readers.survey_forms_sheets import Sheet, text
from cim.survey_forms import GRADES, PLACE_ITEMS, YES, FormColumn, word_of

_COLUMNS = (
    "source_key", "item", "fault", "severity", "quantity", "defect", "surveyed_on", "surveyed_by", "photo",
    "photo_file", "remarks",
)  # fmt: skip
_WORST = 10
_NOT_LOOKED = frozenset({"told", "key", "unit"})
"""Kinds of columns that are filled in before anybody has looked."""


def findings(sheet: Sheet, photos: Photos) -> tuple[pd.DataFrame, list[Reject]]:
    """Return a sheet's findings, and what was refused or remarked on; rows that nobody filled in are passed over."""
    records: dict[str, dict[str, Any]] = {}
    rejects: list[Reject] = []
    for number, row in zip(sheet.rows.index, sheet.rows.to_dict("records"), strict=True):
        kinds = {column.name: column.kind for column in sheet.form.columns}
        if all(value is None or kinds[str(name)] in _NOT_LOOKED for name, value in row.items()):
            continue
        made, wrong = _of_row(sheet, int(number), {str(name): value for name, value in row.items()}, photos)
        records |= made
        rejects += wrong
    columns = [*_COLUMNS, *([sheet.form.subject] if sheet.form.subject else ["name", "x", "y"])]
    frame = pd.DataFrame.from_dict(records, orient="index", columns=columns, dtype=object)
    return frame.astype({"severity": "Int64"}), rejects


def _of_row(
    sheet: Sheet, number: int, row: dict[str, Any], photos: Photos
) -> tuple[dict[str, dict[str, Any]], list[Reject]]:
    """Return the findings of one row by how they are called."""
    subject = text(row.get("key")) if sheet.form.subject else _place(row)
    looked = list(_looked(sheet, row))
    what = "says no fault, and not that there is none", "没有填写任何检查项"
    if subject is None:
        what = "does not say what was looked at", "没有填写检查对象"
    if subject is None or not looked:
        remedy = "fill in the thing and what was found, or empty the row"
        code = "form.no_subject" if subject is None else "form.no_item"
        return {}, [_reject(sheet, number, "", code, *what, remedy, row)]
    names, files, rejects = photos.of(sheet.named(number), text(row.get("photo")))
    made = {}
    for column, item, said in looked:
        found = _found(column, said) if item else None
        if item is None or found is None:
            asked, wrong = (column.zh, said) if item else ("类型", row["place_item"])
            known = "、".join(PLACE_ITEMS) if item is None else _known(column)
            told = f"{asked} is {wrong!r}, where {known} is asked", f"{asked} 为“{wrong}”，应填 {known}"
            title = column.zh if item else ""
            rejects.append(_reject(sheet, number, title, "form.not_listed", *told, "choose from the list", row))
            continue
        shown = {"defect": text(row["defect"]), "photo": names, "photo_file": files}
        shown = shown if found["fault"] else dict.fromkeys(shown)  # they show a fault
        about = {sheet.form.subject: subject} if sheet.form.subject else {name: row[name] for name in ("x", "y")}
        made[sheet.named(number, column.zh)] = {
            **found, **shown, **about, **_common(row), "item": item, "name": text(row["about"]),
            "source_key": _key(sheet.form.sheet, subject, item, text(row["day"]), text(row["number"])),
        }  # fmt: skip
    return made, rejects


def _common(row: dict[str, Any]) -> dict[str, Any]:
    return {"surveyed_on": row["day"], "surveyed_by": text(row["by"]), "remarks": text(row["remarks"])}


def _key(*parts: str | None) -> str:
    """Return the key of a finding: sheet, thing, item and day, and its number where one day has several."""
    return "/".join(filter(None, parts))


def _place(row: dict[str, Any]) -> str | None:
    """Return how a place is told apart from others: by its name, else by where it is."""
    name = text(row["about"])
    return name or (f"{row['x']},{row['y']}" if row["x"] is not None and row["y"] is not None else None)


def _looked(sheet: Sheet, row: dict[str, Any]) -> Iterator[tuple[FormColumn, str | None, Any]]:
    """Yield column, item and answer of all that was filled in; no item: what a place is cannot be understood."""
    for column in sheet.form.items:
        if row[column.name] is not None:
            item = column.item or word_of(PLACE_ITEMS, str(row["place_item"]))
            yield column, None if item is None else str(item), row[column.name]


def _known(column: FormColumn) -> str:
    """Return what may be answered."""
    return "0、1、2 …" if column.kind == "amount" else "、".join(GRADES if column.kind == "grade" else YES)


def _found(column: FormColumn, said: Any) -> dict[str, Any] | None:
    """Return fault, severity and quantity; None: the answer is none that can be meant."""
    if column.kind == "amount":
        try:
            amount = float(str(said))
        except ValueError:
            return None
        return {"fault": amount > 0, "severity": None, "quantity": amount} if 0 <= amount < float("inf") else None
    value = word_of(GRADES if column.kind == "grade" else YES, str(said))
    if value is None and column.kind == "grade" and isinstance(said, int) and 0 <= said <= _WORST:
        value = said
    if value is None:
        return None
    grave = value if column.kind == "grade" and value else None
    return {"fault": bool(value), "severity": grave, "quantity": None}


def _reject(
    sheet: Sheet, number: int, title: str, code: str, reason: str, reason_zh: str, remedy: str, row: dict[str, Any]
) -> Reject:
    original = {str(name): str(value) for name, value in row.items() if value is not None}
    return Reject(
        sheet.named(number, title), code, reason, remedy, "survey_finding", original=original, reason_zh=reason_zh
    )
