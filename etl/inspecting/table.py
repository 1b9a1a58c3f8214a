"""A table under inspection: its header, then row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from cim.etl.columns import folded
from cim.etl.inspecting.findings import Box, Clock, Layer
from cim.etl.inspecting.tally import Tally, read_text
from cim.etl.readers.pipe_survey_columns import fields
from cim.etl.readers.pipe_survey_tables import header_row, named_table, plain_name
from cim.etl.register_titles import known_titles, likeliest, titles_of
from cim.etl.table_header import HEADER_WITHIN, Header, Titles, doubt, fullest_row, header_at, header_of
from cim.tables import THEMES

_EVERY = 2000
_SHEET = re.compile(r"(管点表|管线表|点表|线表)$")
_SURVEY_TITLES = {
    "物探点号",
    "管线点号",
    "管线点编号",
    "起点点号",
    "起点物探点号",
    "连接点号",
    "管径",
    "埋深",
    "起点埋深",
}
_EASTING = {"x", "e", "east", "easting", "lon", "lng", "longitude", "经度", "x坐标", "横坐标", "东坐标"}
_NORTHING = {"y", "n", "north", "northing", "lat", "latitude", "纬度", "y坐标", "纵坐标", "北坐标"}


@cache
def _survey_titles(side: bool) -> frozenset[str]:
    """Return the names of the columns of a survey's points (True) or lines (False)."""
    return frozenset(name for field in fields(side) for name in field.names)


@cache
def _register_titles() -> frozenset[str]:
    """Return the names of the columns of all registers."""
    return frozenset[str]().union(*map(known_titles, THEMES))


def is_title(text: str) -> bool:
    """Tell whether a text is the name of a column of any table that is read."""
    return folded(text) in _register_titles() or any(
        plain_name(text)[0] in _survey_titles(side) for side in (True, False)
    )


ANY_TITLE = Titles(is_title)
"""The names of the columns of any table that is read."""


class Table:
    """A sheet or file: header, then rows."""

    def __init__(self, name: str, rows: Iterable[Sequence[Any]], ending: str = "") -> None:
        self.name, self.ending, self._rows = name, ending, iter(rows)
        self.header = Header((), 0, "", 0)
        self.theme: str | None = name if name in THEMES else None
        self.tally = Tally()
        self.doubt: str | None = None
        self.ragged = 0
        self._low, self._high = np.full(2, np.inf), np.full(2, -np.inf)
        self.unplaced = 0

    def read(self, clock: Clock) -> bool:
        """Read all rows; False: time was up before."""
        first = list(islice(self._rows, HEADER_WITHIN))
        if first:
            self.header = self._header(first)
        self._rows = chain(first[self.header.rows :], self._rows)
        self.tally.name(title for title in self.titles if title)
        east, north = self.place_columns
        for number, row in enumerate(self._rows, 1):
            if any(cell not in ("", None) for cell in row):
                self._row(row, east, north)
            if number % _EVERY == 0 and clock.up:
                return False
        return True

    def _header(self, first: Sequence[Sequence[Any]]) -> Header:
        """Return the header that the loader takes; where it knows no name, the first row that is as wide as others."""
        if self.side is not None:
            return header_at(first, header_row(first, _survey_titles(self.side)) or 0, ANY_TITLE)
        found = None
        if self.theme is not None:
            found = header_of(first, titles_of(self.theme))
        else:
            self.theme, found = likeliest(first)
        self.doubt = doubt(first, found, ANY_TITLE) if found else None
        return found or header_at(first, fullest_row(first), ANY_TITLE)

    @property
    def titles(self) -> tuple[str, ...]:
        """What stands in its header."""
        return self.header.titles

    def _row(self, row: Sequence[Any], east: int | None, north: int | None) -> None:
        self.ragged += any(cell is not None and str(cell).strip() for cell in row[len(self.titles) :])
        values = {title: read_text(cell) if isinstance(cell, str) else cell
                  for title, cell in zip(self.titles, row, strict=False) if title}  # fmt: skip
        self.tally.add(values)
        if east is None or north is None:
            return
        place = [read_text(str(row[at])) if at < len(row) else "" for at in (east, north)]
        if all(isinstance(value, int | float) for value in place):
            point = np.array(place, dtype=np.float64)
            self._low, self._high = np.fmin(self._low, point), np.fmax(self._high, point)
        else:
            self.unplaced += 1

    @property
    def place_columns(self) -> tuple[int | None, int | None]:
        """Positions of the columns of the first and the second coordinate."""
        found: list[int | None] = []
        for names in (_EASTING, _NORTHING):
            at = (number for number, title in enumerate(self.titles) if re.sub(r"[（(].*", "", title).lower() in names)
            found.append(next(at, None))
        return found[0], found[1]

    @property
    def extent(self) -> Box | None:
        """How far its places reach."""
        if not np.isfinite(self._low).all():
            return None
        return float(self._low[0]), float(self._low[1]), float(self._high[0]), float(self._high[1])

    @property
    def side(self) -> bool | None:
        """Whether its name is that of a survey's table of points (True) or lines (False); None: of neither."""
        found = named_table(Path(), self.name)
        return found.is_points if found else None

    @property
    def is_survey(self) -> bool:
        """Whether it is a table of a pipeline survey."""
        return bool(_SHEET.search(self.name)) or len(_SURVEY_TITLES & set(self.titles)) >= 2

    def layer(self) -> Layer:
        """Return what was counted."""
        return self.tally.layer(self.name)
