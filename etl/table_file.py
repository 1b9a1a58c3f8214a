"""Tables without geometry: CSV in UTF-8 or GB18030, and sheets of a workbook, in frames."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from cim.errors import BadSource, MissingSource
from cim.etl.columns import text_option
from cim.etl.table_header import HEADER_WITHIN, Header, Row, Titles, doubt, header_of, shown
from cim.etl.text_file import detected_encoding
from cim.etl.workbook import WORKBOOKS, opened_workbook
from cim.manifest import SourceSpec

_BATCH = 50_000
_SHOWN = 30
DELIMITERS = ",;\t"
"""What may separate the columns of a CSV file."""
TABLES = {".csv", ".tsv", ".txt"} | WORKBOOKS
"""Endings of files that are tables; every other file is OGR's."""


@dataclass(frozen=True)
class TableFile:
    """A table that is being read."""

    name: str
    """Name of the sheet, or of the file without its ending."""
    header: Header
    """Names of its columns, and what stands above them."""
    frames: Iterator[pd.DataFrame]
    """Its rows; the index is the number of the row in the file, the first being 1."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names in its header."""
        return self.header.names


@contextmanager
def open_table(source: SourceSpec, wanted: Callable[[str], Titles]) -> Iterator[TableFile]:
    """Open a CSV file or a workbook's sheet.

    Parameters
    ----------
    source
        The source.
    wanted
        Of a table's name, the names that its columns may have: by them the header is found.

    Raises
    ------
    BadSource
        It cannot be read, is empty, none of its first rows names a column, what stands above the one that does may be
        records, or the workbook has no such sheet.
    """
    if not source.path.is_file():
        raise MissingSource(source.path)
    if source.path.suffix.lower() in WORKBOOKS:
        yield _open_sheet(source, wanted)
        return
    encoding = text_option(source, "encoding") or detected_encoding(source.path)
    told = text_option(source, "delimiter")
    if told is not None and len(told) != 1:
        raise BadSource(source.path, f"option delimiter = {told!r}", "give one character")
    try:
        titles = wanted(source.path.stem)
        layout = csv_layout(source.path, encoding, told or DELIMITERS, titles)
        header = _wanted(source.path, layout, titles)
        yield TableFile(source.path.stem, header, _csv_frames(source.path, encoding, layout.delimiter, header))
    except (ValueError, LookupError) as error:
        said = " ".join(str(error).split())
        raise BadSource(source.path, f"cannot be read as CSV ({said})", "save it anew as CSV in UTF-8") from error


@dataclass(frozen=True)
class Layout:
    """How the rows of a CSV file are cut, and which are the header."""

    delimiter: str
    """What separates the columns."""
    rows: Sequence[Row]
    """The first rows."""
    header: Header | None
    """Names of the columns; None: no row has one that is known."""


def csv_layout(path: Path, encoding: str, delimiters: str, titles: Titles) -> Layout:
    """Return the layout in which most names of columns are known, else that with the longest row."""
    found = []
    for delimiter in delimiters:
        rows: list[list[str]] = []
        # An outline longer than a cell of the standard library may be is none of the header.
        with suppress(csv.Error), path.open(encoding=encoding, newline="") as file:
            rows.extend(islice(csv.reader(file, delimiter=delimiter), HEADER_WITHIN))
        found.append(Layout(delimiter, rows, header_of(rows, titles)))
    return max(found, key=lambda item: (item.header.known if item.header else 0, max(map(len, item.rows), default=0)))


def _wanted(path: Path, layout: Layout, titles: Titles) -> Header:
    """Return the header; there must be one, with no records above it."""
    found = shown(layout.rows)
    if not found:
        raise BadSource(path, "is empty", "give a table with a header")
    if layout.header is None:
        remedy = "name the columns with columns = {…} in options; cim schema THEME tells the names that are known"
        raise BadSource(path, f"names no known column in its first {HEADER_WITHIN} rows ({found})", remedy)
    why = doubt(layout.rows, layout.header, titles)
    if why is not None:
        remedy = "give the table one row of names above its records: add it, or delete what stands above it"
        raise BadSource(path, f"has no header that is sure: {why} ({found})", f"{remedy}; or name columns in options")
    return layout.header


def _csv_frames(path: Path, encoding: str, delimiter: str, header: Header) -> Iterator[pd.DataFrame]:
    """Yield the rows below the header; where one has more cells than that, all it has more must be empty."""
    row = header.rows
    try:
        for frame in _chunks(path, encoding, delimiter, header, row):
            if not isinstance(frame.index, pd.RangeIndex):
                # pandas would take the first column for the rows' names.
                raise pd.errors.ParserError("rows have more columns than the header")
            yield _tidy(frame, row)
            row += len(frame)
    except pd.errors.ParserError:
        _check_longer_rows(path, encoding, delimiter, header)
        for frame in _chunks(path, encoding, delimiter, header, row, cut=True):
            yield _tidy(frame, row)
            row += len(frame)


def _chunks(
    path: Path, encoding: str, delimiter: str, header: Header, skipped: int, *, cut: bool = False
) -> Iterator[pd.DataFrame]:
    """Yield rows, all as text: the checks read numbers and dates, and say where they cannot; `cut` to the header."""
    try:
        chunks = pd.read_csv(
            path,
            encoding=encoding,
            sep=delimiter,
            header=None,
            names=list(header.names),
            usecols=range(len(header.names)) if cut else None,
            skiprows=skipped,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            chunksize=_BATCH,
            skip_blank_lines=False,
        )
    except pd.errors.EmptyDataError:
        yield pd.DataFrame(columns=list(header.names), dtype=object)
        return
    with chunks:
        yield from chunks


def _check_longer_rows(path: Path, encoding: str, delimiter: str, header: Header) -> None:
    """Refuse rows with something in a cell beyond those of the header: it would be lost."""
    columns = len(header.names)
    # An outline may be longer than a cell of the standard library, which has one limit for all that it reads.
    limit = csv.field_size_limit(sys.maxsize)
    try:
        with path.open(encoding=encoding, newline="") as file:
            rows = csv.reader(file, delimiter=delimiter)
            for row in islice(rows, header.rows, None):
                surplus = [text for cell in row[columns:] if (text := cell.strip())]
                if surplus:
                    what = f"line {rows.line_num} has {len(row)} cells where the header has {columns}"
                    remedy = "name a column for it in the header, or quote the cell that has the delimiter in it"
                    raise BadSource(path, f"{what}: {surplus[0][:_SHOWN]!r} stands in no column", remedy)
    except csv.Error as error:
        raise ValueError(str(error)) from error
    finally:
        csv.field_size_limit(limit)


def _tidy(frame: pd.DataFrame, above: int) -> pd.DataFrame:
    """Return rows numbered as an editor shows them, `above` being before them, without those that are empty."""
    return frame.set_axis(pd.RangeIndex(above + 1, above + 1 + len(frame))).dropna(how="all")


def _open_sheet(source: SourceSpec, wanted: Callable[[str], Titles]) -> TableFile:
    """Open a sheet; a workbook is small enough to be held."""
    with opened_workbook(source.path) as book:
        name = _sheet_name(source, book.sheet_names)
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    titles = wanted(name)
    header = _wanted(source.path, Layout("", rows[:HEADER_WITHIN], header_of(rows, titles)), titles)
    body = [[None if cell == "" else cell for cell in row] for row in rows[header.rows :]]
    numbers = range(header.rows + 1, header.rows + 1 + len(body))
    frame = pd.DataFrame(body, columns=list(header.names), index=numbers, dtype=object)
    return TableFile(name, header, iter([frame.dropna(how="all")]))


def _sheet_name(source: SourceSpec, names: list[str]) -> str:
    """Return the sheet to read."""
    wanted = text_option(source, "sheet") or text_option(source, "layer")
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return str(wanted)
    what = "has several sheets" if wanted is None else f"has no sheet {wanted!r}"
    raise BadSource(source.path, f"{what} ({', '.join(names)})", 'name one with sheet = "…" in options')
