"""Form workbooks of the examination: their sheets and columns, as they are written empty and read when filled in.

A sheet a kind of thing (homes, compounds, blocks, streets, other places), a row a thing, a column an item to look at;
and a questionnaire, a row a person asked. What a column is stands in `survey_forms.csv`; sheet `*` is all sheets'.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

GRADES: Mapping[str, tuple[str, int]] = {
    "无": ("none", 0), "轻微": ("slight", 2), "中等": ("medium", 5), "严重": ("grave", 8), "危险": ("worst", 10),
}  # fmt: skip
"""How grave a fault is: English, and severity as `survey_finding` has it; 0: looked at, and there is none."""
YES: Mapping[str, tuple[str, int]] = {"否": ("no", 0), "是": ("yes", 1)}
"""Whether there is a fault."""
ANSWERS: Mapping[str, tuple[str, int]] = {
    "很不满意": ("very dissatisfied", 1), "不满意": ("dissatisfied", 2), "一般": ("neither", 3),
    "满意": ("satisfied", 4), "很满意": ("very satisfied", 5),
}  # fmt: skip
"""Answers of the questionnaire."""
SATISFIED_FROM = 4
"""From this answer on a person is satisfied."""
PLACE_ITEMS: Mapping[str, tuple[str, str]] = {
    "易涝积水点": ("waterlogging point", "waterlogging"), "水体": ("water body", "water_body"),
    "桥梁": ("bridge", "bridge"), "厂区": ("factory area", "factory"),
}  # fmt: skip
"""Places that no register knows: English, and item of `survey_finding`."""
NAMED = " · "
"""Stands between the key and the name of a community in the list that cells choose from."""
PHOTOS = "照片"
"""Folder beside a workbook in which its photos lie."""


@dataclass(frozen=True)
class FormColumn:
    """A column of a form."""

    name: str
    """Ours."""
    kind: str
    """key, told (not read), grade, yes, amount, item, name, x, y, unit, answer, defect, day, by, photo, number, …"""
    item: str
    """What is looked at, for kinds grade, yes and amount."""
    zh: str
    """Title."""
    en: str
    """Title."""
    hint_zh: str
    """What to write there."""
    hint_en: str
    """What to write there."""

    @property
    def title(self) -> str:
        """Title in both languages, a line each; the first is what the column is known by."""
        return f"{self.zh}\n{self.en}"


@dataclass(frozen=True)
class Form:
    """A sheet."""

    sheet: str
    """Its name."""
    en: str
    """Its name in English."""
    subject: str | None
    """Column of `survey_finding` that its key goes to; None: its rows are no things of a register."""
    columns: tuple[FormColumn, ...]
    """Its columns, in order."""

    @property
    def items(self) -> tuple[FormColumn, ...]:
        """Columns that say what was found."""
        return tuple(column for column in self.columns if column.kind in ("grade", "yes", "amount"))

    @property
    def answers(self) -> tuple[FormColumn, ...]:
        """Questions of a questionnaire; none: the sheet is of findings."""
        return tuple(column for column in self.columns if column.kind == "answer")


_SHEETS: Mapping[str, tuple[str, str | None]] = {
    "住宅": ("homes", "building_key"), "小区": ("compounds", "unit_key"), "街区": ("blocks", "unit_key"),
    "道路": ("streets", "edge_key"), "地点": ("places", None), "满意度": ("satisfaction", None),
}  # fmt: skip


@cache
def forms() -> Mapping[str, Form]:
    """Return the sheets by name, in the order of a workbook."""
    text = (resources.files("cim") / "survey_forms.csv").read_text(encoding="utf-8")
    own: dict[str, list[FormColumn]] = {}
    for row in csv.DictReader(text.splitlines()):
        own.setdefault(row.pop("sheet"), []).append(FormColumn(**row))
    found = {}
    for sheet, (en, subject) in _SHEETS.items():
        columns = own[sheet]
        common = [] if any(column.kind == "answer" for column in columns) else own["*"]
        found[sheet] = Form(sheet, en, subject, (*columns, *common))
    return found


def word_of(words: Mapping[str, tuple[str, object]], said: str) -> object | None:
    """Return what a word of a list means, in either language or as the number itself; None: it is not of the list."""
    for zh, (en, value) in words.items():
        if said.casefold() in (zh, en, str(value)):
            return value
    return None
