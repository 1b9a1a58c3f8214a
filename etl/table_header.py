"""Which of a table's first rows names its columns: a title, a line of units or who made it may stand above.

A header may have two lines: groups above (缺陷, over 代码 and 等级), names below; a name of one line stands in either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

Knows = Callable[[str], bool]
"""Tells whether a text is the name of a column."""
Row = Sequence[Any]

HEADER_WITHIN = 10
"""Rows at the beginning among which the names of the columns are looked for."""
_SHOWN_ROWS, _SHOWN_CELLS, _SHOWN_LETTERS = 4, 5, 30


@dataclass(frozen=True)
class Header:
    """The names of a table's columns, and where they stand."""

    titles: tuple[str, ...]
    """One for each column, as they stand there."""
    rows: int
    """Rows down to the last line of the header, which is counted: the first record is the one after."""
    above: str
    """What is said above it."""
    known: int
    """How many of the names are known."""

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each column, none twice; `Unnamed: 3` where there is none, as pandas has it."""
        out: list[str] = []
        for at, title in enumerate(self.titles):
            name = title or f"Unnamed: {at}"
            copies = (f"{name}.{copy}" for copy in count(1))
            own = name
            while own in out or (own != name and own in self.titles):
                own = next(copies)
            out.append(own)
        return tuple(out)


def best_row(rows: Sequence[Row], knows: Knows, least: int = 1) -> int | None:
    """Return the position of the row with the most known names, the first of several; None: none has enough."""
    scores = [sum(map(knows, _texts(row))) for row in rows[:HEADER_WITHIN]]
    best = max(scores, default=0)
    return scores.index(best) if best >= least else None


def fullest_row(rows: Sequence[Row]) -> int:
    """Return the position of the first row of which half as many cells are filled as of the fullest: below a title."""
    filled = [len(_texts(row)) for row in rows[:HEADER_WITHIN]]
    return next((at for at, cells in enumerate(filled) if cells and 2 * cells >= max(filled)), 0)


def header_of(rows: Sequence[Row], knows: Knows) -> Header | None:
    """Return the header among the first rows: the one or two lines with the most known names; None: none has any."""
    first = rows[:HEADER_WITHIN]
    at = best_row(first, knows)
    found = None if at is None else header_at(first, at, knows)
    for upper in range(len(first) - 1):
        names = _joined(first[upper], first[upper + 1], knows)
        known = sum(map(knows, names))
        # Strictly more: the first record is not taken for the second line of a header.
        if known > (found.known if found else 0):
            found = Header(tuple(names), upper + 2, _said(first[:upper]), known)
    return found


def header_at(rows: Sequence[Row], at: int, knows: Knows) -> Header:
    """Return the header that one row is."""
    titles = tuple(_text(cell) for cell in rows[at])
    return Header(titles, at + 1, _said(rows[:at]), sum(map(knows, titles)))


def shown(rows: Sequence[Row]) -> str:
    """Say what stands in the first rows, for a message."""
    told = []
    for number, row in enumerate(rows[:HEADER_WITHIN], 1):
        cells = [text[:_SHOWN_LETTERS] for text in _texts(row)]
        if cells:
            more = ", …" if len(cells) > _SHOWN_CELLS else ""
            told.append(f"row {number}: {', '.join(cells[:_SHOWN_CELLS])}{more}")
    return "; ".join(told[:_SHOWN_ROWS])


def _joined(upper: Row, lower: Row, knows: Knows) -> list[str]:
    """Return the names of two lines: the lower where it is known, or with its group before it; else the upper."""
    group, out = "", []
    for at in range(max(len(upper), len(lower))):
        above, below = (_text(row[at]) if at < len(row) else "" for row in (upper, lower))
        # The cells of a group are merged: only its first has the name.
        group = above or group
        out.append(above if not below else below if knows(below) or not group else f"{group}{below}")
    return out


def _said(rows: Sequence[Row]) -> str:
    """Return what some rows say."""
    return "; ".join(" ".join(texts) for row in rows if (texts := _texts(row)))


def _texts(row: Row) -> list[str]:
    """Return what the cells of a row say, empty ones left out."""
    return [text for cell in row if (text := _text(cell))]


def _text(cell: Any) -> str:
    """Return a cell of a header as text."""
    return "" if cell is None else str(cell).strip()
