"""The table below a section: a column for each manhole or pipe, spread so that no two overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width

HEAD_MM = 34.0
"""Width of the rows' titles."""
COLUMN_MM = 4.2
"""Least distance between columns of upright text."""
KINK_MM = 9.0
"""Height in which lines lead from a place in the drawing to its column."""

_TEXT = 2.3
_FRAME = Stroke(0.35)
_RULE = Stroke(0.13, "#555555")
_LEADER = Stroke(0.1, "#888888")
_LAYER = "TABLE"


@dataclass(frozen=True)
class Row:
    """A row of words, upright, one a column; empty words are left out."""

    title: str
    """What they are."""
    words: Sequence[str]
    """One for each column."""
    flat: bool = False
    """Written along, between the columns before and after; `spans` says where."""
    spans: Sequence[tuple[int, int]] = ()
    """Columns between which each word of a flat row stands."""


def spread(places: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Move places apart to a least distance, each as little as can be.

    Parameters
    ----------
    places
        Ascending.
    least
        Least distance between neighbours.
    low, high
        Where the first and last may stand; they go beyond `high` where there is no room.

    Examples
    --------
    >>> spread([0.0, 1.0, 20.0], 4.0, 0.0, 30.0)
    [0.0, 4.0, 20.0]
    """
    # Places less their turn times the distance must ascend: pool those that do not (isotonic regression).
    pools: list[tuple[float, int]] = []
    for turn, place in enumerate(places):
        mean, count = place - turn * least, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    most = max(high - (len(places) - 1) * least, low)
    return [min(max(mean, low), most) + turn * least for turn, mean in enumerate(means)]


def row_height(row: Row, columns: Sequence[float]) -> float:
    """Return the height that a row needs, millimetres."""
    if not row.flat:
        return max([text_width(word, _TEXT) for word in row.words], default=0.0) + 3.0
    upright = [
        text_width(word, _TEXT)
        for word, span in zip(row.words, row.spans, strict=True)
        if not _fits(word, span, columns)
    ]
    return max([*upright, 4.0]) + 3.0


def table_height(rows: Sequence[Row], columns: Sequence[float]) -> float:
    """Return the height of all rows, millimetres."""
    return sum(row_height(row, columns) for row in rows)


def draw_table(
    sheet: Sheet,
    rows: Sequence[Row],
    places: Sequence[float],
    columns: Sequence[float],
    frame: tuple[float, float, float],
) -> None:
    """Draw rows, and the lines that lead to their columns.

    Parameters
    ----------
    sheet
        Where to draw.
    rows
        From the top.
    places
        Where each column's thing stands in the drawing, millimetres from the left.
    columns
        Where each column stands.
    frame
        Left edge of the titles, right edge of the table, lower edge of the drawing, whose leaders end `KINK_MM` lower.
    """
    left, right, chart = frame
    top = chart - KINK_MM
    for place, column in zip(places, columns, strict=True):
        sheet.line((place, chart), (place, chart - 2), (column, top + 2), (column, top), stroke=_LEADER, layer=_LAYER)
    y = top
    for row in rows:
        height = row_height(row, columns)
        sheet.line((left, y), (right, y), stroke=_RULE, layer=_LAYER)
        sheet.text(left + HEAD_MM / 2, y - height / 2, row.title, size=2.6, anchor="middle", layer=_LAYER)
        if row.flat:
            _flat(sheet, row, columns, y, height)
        else:
            for column, text in zip(columns, row.words, strict=True):
                sheet.text(column, y - height / 2, text, size=_TEXT, anchor="middle", angle=90, layer=_LAYER)
        y -= height
    corners = [(left, top), (right, top), (right, y), (left, y)]
    sheet.area(corners, None, _FRAME, _LAYER)
    sheet.line((left + HEAD_MM, top), (left + HEAD_MM, y), stroke=_FRAME, layer=_LAYER)


def _flat(sheet: Sheet, row: Row, columns: Sequence[float], top: float, height: float) -> None:
    """Write the words of a flat row between their columns, upright where they do not fit."""
    for text, span in zip(row.words, row.spans, strict=True):
        first, last = columns[span[0]], columns[span[1]]
        for edge in (first, last):
            sheet.line((edge, top), (edge, top - height), stroke=_RULE, layer=_LAYER)
        angle = 0 if _fits(text, span, columns) else 90
        sheet.text((first + last) / 2, top - height / 2, text, size=_TEXT, anchor="middle", angle=angle, layer=_LAYER)


def _fits(text: str, span: tuple[int, int], columns: Sequence[float]) -> bool:
    return text_width(text, _TEXT) + 1.0 <= columns[span[1]] - columns[span[0]]
