"""Which of a table's first rows names its columns: a title, a line of units or who made it may stand above.

A header may have two lines: groups above (缺陷, over 代码 and 等级), names below; a name of one line stands in either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from statistics import median
from typing import Any

Knows = Callable[[str], bool]
"""Tells whether a text is the name of a column."""
Row = Sequence[Any]

HEADER_WITHIN = 10
"""Rows at the beginning among which the names of the columns are looked for."""
_SHOWN_ROWS, _SHOWN_CELLS, _SHOWN_LETTERS = 4, 5, 30
_PLACE = frozenset("xyz")
_LABELLED = re.compile(r"[^\d:：]{1,15}[:：](?!//)")
_MANY = 4
"""Cells of a row of which one known name is few."""


@dataclass(frozen=True)
class Titles:
    """The names that a table's columns may have."""

    known: Knows
    """Tells those that are known by themselves."""
    told: frozenset[str] = frozenset()
    """Those that options name."""

    def among(self, texts: Sequence[str]) -> set[str]:
        """Return the names among the texts of a row; x, y and z are any letters, unless x and y are both there."""
        found = {text for text in texts if text in self.told or self.known(text)}
        letters = {text for text in found - self.told if text.lower() in _PLACE}
        return found if {"x", "y"} <= {text.lower() for text in letters} else found - letters


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
    """How many names are known, each counted once."""
    lines: tuple[str, ...] = ()
    """What its two lines say; empty where it has one."""

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
    scores = [len(set(filter(knows, _texts(row)))) for row in rows[:HEADER_WITHIN]]
    best = max(scores, default=0)
    return scores.index(best) if best >= least else None


def fullest_row(rows: Sequence[Row]) -> int:
    """Return the position of the first row of which half as many cells are filled as of the fullest: below a title."""
    filled = [len(_texts(row)) for row in rows[:HEADER_WITHIN]]
    return next((at for at, cells in enumerate(filled) if cells and 2 * cells >= max(filled)), 0)


def header_of(rows: Sequence[Row], titles: Titles) -> Header | None:
    """Return the header among the first rows: the one or two lines that name most columns; None: none names any."""
    first = rows[:HEADER_WITHIN]
    at = _likeliest_row(first, titles)
    found = None if at is None else header_at(first, at, titles)
    for upper in range(len(first) - 1 if at is None else min(at + 1, len(first) - 1)):
        if not _fills_gaps(first[upper], first[upper + 1]):
            continue
        lines = first[upper], first[upper + 1]
        names = _joined(*lines, titles)
        known = len(titles.among(names))
        # Strictly more: the first record is not taken for the second line of a header.
        if known > (found.known if found else 0):
            found = Header(tuple(names), upper + 2, _said(first[:upper]), known, tuple(_said([line]) for line in lines))
    return found


def header_at(rows: Sequence[Row], at: int, titles: Titles) -> Header:
    """Return the header that one row is."""
    names = tuple(_text(cell) for cell in rows[at])
    return Header(names, at + 1, _said(rows[:at]), len(titles.among(names)))


def doubt(rows: Sequence[Row], header: Header, titles: Titles) -> str | None:
    """Say why a header may be none, so that records above it would be lost; None: it is one.

    A title has one or two cells, a line of units or who made it few, or cells such as `单位：个`.
    """
    length = len(header.lines) or 1
    start = header.rows - length
    width = sum(map(bool, header.titles))
    below = [filled for row in rows[header.rows : HEADER_WITHIN] if (filled := len(_texts(row)))]
    full = median(below or [width])
    above = {at: len(_texts(row)) for at, row in enumerate(rows[:start], 1) if not _labelled(row)}
    as_full = [at for at, filled in above.items() if 2 * filled > width or (filled > 2 and filled >= full)]
    records = [at for at in as_full if above[at] > 2 or above[at] >= width > 1]
    if records or len(as_full) > 2:
        at = (records or as_full)[0]
        return f"row {header.rows} names columns, but row {at} above it is as full as a record"
    lone = header.known == 1 and not titles.told.intersection(header.titles)
    if lone and any(above.values()) and width >= _MANY and max(below, default=0) >= width:
        return f"row {header.rows} has one known name among {width} cells, and the rows below it are as full"
    return None


def shown(rows: Sequence[Row]) -> str:
    """Say what stands in the first rows, for a message."""
    told = []
    for number, row in enumerate(rows[:HEADER_WITHIN], 1):
        cells = [text[:_SHOWN_LETTERS] for text in _texts(row)]
        if cells:
            more = ", …" if len(cells) > _SHOWN_CELLS else ""
            told.append(f"row {number}: {', '.join(cells[:_SHOWN_CELLS])}{more}")
    return "; ".join(told[:_SHOWN_ROWS])


def _likeliest_row(rows: Sequence[Row], titles: Titles) -> int | None:
    """Return the position of the row that names columns, the first unless a later one is clearly better."""
    best: int | None = None
    scores = [_score(row, titles) for row in rows]
    for at, row in enumerate(rows):
        if scores[at] is None:
            continue
        if best is None or _better(row, scores[at] or 0, rows[best], scores[best] or 0):
            best = at
    return best


def _score(row: Row, titles: Titles) -> float | None:
    """Return how many columns a row names, less for texts that repeat, as values do; None: it names none."""
    texts = _texts(row)
    known = titles.among(texts)
    if not known:
        return None
    copies = sum(text in known for text in texts) - len(known)
    return len(known) - copies - (0.5 if len(set(texts)) < len(texts) - copies else 0.0)


def _better(row: Row, score: float, best: Row, best_score: float) -> bool:
    """Tell whether a later row is the header rather than one found before, which may be a line of a title."""
    if 2 * len(_texts(best)) <= len(_texts(row)):
        return score > best_score
    return score > 2 * best_score and score >= best_score + 2


def _fills_gaps(upper: Row, lower: Row) -> bool:
    """Tell whether a line stands below gaps and groups of another only: a group is a name with a gap after it."""
    above = [_text(cell) for cell in upper]
    below = [_text(cell) for cell in lower]
    above += [""] * (len(below) - len(above))
    return all(not above[at] or above[at + 1 : at + 2] == [""] for at, text in enumerate(below) if text)


def _joined(upper: Row, lower: Row, titles: Titles) -> list[str]:
    """Return the names of two lines: the lower where it is known, or with its group before it; else the upper."""
    group, out = "", []
    known = titles.among(_texts(lower))
    for at in range(max(len(upper), len(lower))):
        above, below = (_text(row[at]) if at < len(row) else "" for row in (upper, lower))
        # The cells of a group are merged: only its first has the name.
        group = above or group
        out.append(above if not below else below if below in known or not group else f"{group}{below}")
    return out


def _labelled(row: Row) -> bool:
    """Tell whether half of a row's cells or more are labels with what they say: `填表日期：2024-05-06`."""
    texts = _texts(row)
    return 2 * sum(bool(_LABELLED.match(text)) for text in texts) >= len(texts)


def _said(rows: Sequence[Row]) -> str:
    """Return what some rows say."""
    return "; ".join(" ".join(texts) for row in rows if (texts := _texts(row)))


def _texts(row: Row) -> list[str]:
    """Return what the cells of a row say, empty ones left out."""
    return [text for cell in row if (text := _text(cell))]


def _text(cell: Any) -> str:
    """Return a cell of a header as text."""
    return "" if cell is None else str(cell).strip()
