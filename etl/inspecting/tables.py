"""Tables: CSV in UTF-8, GB18030 or UTF-16, and workbooks; surveys of pipelines are told by their sheets and columns."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from cim.etl.inspecting.findings import Box, Clock, Findings, Inspector, Layer, Sample
from cim.etl.inspecting.tally import Tally, read_text
from cim.etl.readers.pipe_survey_columns import fields
from cim.etl.readers.pipe_survey_csv import HEADER_WITHIN
from cim.etl.readers.pipe_survey_tables import header_row, named_table
from cim.etl.text_file import detected_encoding
from cim.etl.workbook import WORKBOOKS, opened_workbook
from cim.tables import THEMES

_EVERY = 2000
_TEXTS = {".csv", ".tsv", ".txt"}
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


def claims(sample: Sample) -> bool:
    """Whether a file is a workbook, or text with the ending of a table."""
    if sample.path.is_dir():
        return any(_csv_files(sample.path))
    if sample.suffix in WORKBOOKS:
        return sample.head[:2] in {b"PK", b"\xd0\xcf"}
    marked = sample.head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return sample.suffix in _TEXTS and (marked or b"\0" not in sample.head)


def look(path: Path, clock: Clock) -> Findings:
    """Find out about a table."""
    if path.suffix.lower() in WORKBOOKS:
        return _workbook(path, clock)
    files = _csv_files(path) if path.is_dir() else [path]
    tables, facts, complete = [], {}, True
    for file in files:
        encoding = detected_encoding(file)
        with file.open(encoding=encoding, newline="") as text:
            delimiter = max(",;\t", key=text.readline().count)
            text.seek(0)
            table = _Table(file.stem, csv.reader(text, delimiter=delimiter), file.suffix)
            complete &= table.read(clock)
        tables.append(table)
        facts = {"encoding": "UTF-8" if encoding == "utf-8-sig" else encoding.upper(), "delimiter": repr(delimiter)}
    if path.is_dir():
        return _findings("folder of CSV tables", tables, facts, complete=complete, folder=path)
    return _findings("CSV table", tables, facts, complete=complete)


def _csv_files(folder: Path) -> list[Path]:
    """Return the CSV files of a folder, as a survey may come."""
    return sorted(file for file in folder.iterdir() if file.suffix.lower() == ".csv")


def _workbook(path: Path, clock: Clock) -> Findings:
    """Find out about every sheet."""
    tables, complete = [], True
    with opened_workbook(path) as book:
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            table = _Table(name, sheet.iter_rows())
            complete &= table.read(clock)
            tables.append(table)
    return _findings(f"{path.suffix[1:].upper()} workbook", tables, {}, complete=complete)


class _Table:
    """A sheet or file: header, then rows."""

    def __init__(self, name: str, rows: Iterable[Sequence[Any]], ending: str = "") -> None:
        self.name, self.ending, self._rows = name, ending, iter(rows)
        self.titles: tuple[str, ...] = ()
        self.tally = Tally()
        self.ragged = 0
        self._low, self._high = np.full(2, np.inf), np.full(2, -np.inf)
        self.unplaced = 0

    def read(self, clock: Clock) -> bool:
        """Read all rows; False: time was up before."""
        self.titles = tuple(str(title).strip() for title in self._header())
        self.tally.name(title for title in self.titles if title)
        east, north = self.place_columns
        for number, row in enumerate(self._rows, 1):
            if any(cell not in ("", None) for cell in row):
                self._row(row, east, north)
            if number % _EVERY == 0 and clock.up:
                return False
        return True

    def _header(self) -> Sequence[Any]:
        """Return the row of the columns' names: the first, of a survey's tables the one that the loader takes."""
        if self.side is None:
            return next(self._rows, ())
        first = list(islice(self._rows, HEADER_WITHIN))
        known = frozenset(name for field in fields(self.side) for name in field.names)
        at = header_row(first, known) or 0
        self._rows = chain(first[at + 1 :], self._rows)
        return first[at] if first else ()

    def _row(self, row: Sequence[Any], east: int | None, north: int | None) -> None:
        self.ragged += len(row) > len(self.titles)
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


def _findings(
    name: str, tables: list[_Table], facts: Mapping[str, str], *, complete: bool, folder: Path | None = None
) -> Findings:
    """Return what was found in all tables; `folder` is that of CSV files."""
    survey = any(table.is_survey for table in tables) or {table.side for table in tables} >= {True, False}
    boxes = [table.extent for table in tables if table.extent is not None]
    extent = None
    if boxes:
        ends = np.array(boxes)
        extent = (*ends[:, :2].min(axis=0).tolist(), *ends[:, 2:].max(axis=0).tolist())
    sources: tuple[Mapping[str, object], ...] = ({},)
    if not survey:
        sources = tuple(_register(table, len(tables) > 1, folder) for table in tables if table.titles)
    return Findings(
        format=name,
        kind="pipe_survey" if survey else "register",
        extent=extent,
        # In Chinese surveying X is the northing.
        northing_first=survey,
        layers=tuple(table.layer() for table in tables),
        facts=dict(facts),
        problems=tuple(_problems(tables, survey)),
        sources=sources,
        complete=complete,
    )


def _register(table: _Table, several: bool, folder: Path | None) -> Mapping[str, object]:
    """Return the options that read a table as a register."""
    options: dict[str, object] = {"theme": table.name if table.name in THEMES else "…"}
    if folder is not None:
        options["path"] = str(folder / f"{table.name}{table.ending}")
    elif several:
        options["sheet"] = table.name
    east, north = table.place_columns
    if east is not None and north is not None:
        options |= {"x": table.titles[east], "y": table.titles[north]}
    return options


def _problems(tables: list[_Table], survey: bool) -> Iterator[str]:
    for table in tables:
        twice = sorted({title for title in table.titles if title and table.titles.count(title) > 1})
        if twice:
            yield f"{table.name}: columns of one name: {', '.join(twice)}"
        if table.ragged:
            yield f"{table.name}: {table.ragged} rows have more cells than the header"
        if table.unplaced:
            yield f"{table.name}: {table.unplaced} rows have no place"
        if not any(table.titles):
            yield f"{table.name}: has no header"
    names = [table.name for table in tables]
    if survey and len(tables) == 1:
        yield f"{names[0]}: a survey needs points and lines: give the workbook of both, or a folder of CSV files"


FAULTS = (csv.Error, ValueError, LookupError)
INSPECTOR = Inspector(30, "a table", claims, look, FAULTS)
