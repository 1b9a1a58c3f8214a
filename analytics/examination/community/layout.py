"""Words and tables on a page of fixed size: what does not fit is cut off and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width

INK, DIM, RULE = "#1b2733", "#6b7682", Stroke(0.1, "#d4dae0")
HEAD = "#1f4e79"
_GAP = 1.4


def fitted(text: str, size: float, width: float) -> str:
    """Return a text, or as much of its beginning as fits into a width, millimetres, with an ellipsis."""
    if text_width(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text_width(text[:middle] + "…", size) <= width else (low, middle - 1)
    return text[:low].rstrip() + "…" if low else ""


def two_languages(
    sheet: Sheet, x: float, y: float, zh: str, en: str, width: float, *, size: float = 2.5, colour: str = INK
) -> None:
    """Write a text in Chinese and, smaller, in English behind it, within a width."""
    first = fitted(zh, size, width)
    sheet.text(x, y, first, size=size, colour=colour)
    used = text_width(first, size) + _GAP
    if en and en != zh and width - used > 6:
        small = size * 0.82
        sheet.text(x + used, y, fitted(en, small, width - used), size=small, colour=DIM)


def heading(sheet: Sheet, x: float, y: float, zh: str, en: str, width: float) -> None:
    """Write a heading with a line below it."""
    two_languages(sheet, x, y, zh, en, width, size=3.3, colour=HEAD)
    sheet.line((x, y - 2.6), (x + width, y - 2.6), stroke=Stroke(0.25, HEAD))


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    zh: str
    """Title."""
    en: str
    """Title in English."""
    width: float
    """Millimetres."""
    right: bool = False
    """Numbers stand right."""


def table_head(sheet: Sheet, x: float, y: float, columns: Sequence[Column]) -> None:
    """Write the titles of columns in both languages, one above the other."""
    for column in columns:
        at = x + column.width - 0.8 if column.right else x + 0.6
        anchor = "end" if column.right else "start"
        sheet.text(at, y + 1.1, fitted(column.zh, 2.1, column.width), size=2.1, anchor=anchor, colour=DIM)  # type: ignore[arg-type]
        sheet.text(at, y - 1.1, fitted(column.en, 1.75, column.width), size=1.75, anchor=anchor, colour=DIM)  # type: ignore[arg-type]
        x += column.width


def cell(sheet: Sheet, x: float, y: float, column: Column, text: str, *, size: float = 2.4, colour: str = INK) -> None:
    """Write a cell of one line."""
    if column.right:
        told = fitted(text, size, column.width - 0.8)
        sheet.text(x + column.width - 0.8, y, told, size=size, anchor="end", colour=colour)
    else:
        sheet.text(x + 0.6, y, fitted(text, size, column.width - 0.8), size=size, colour=colour)
