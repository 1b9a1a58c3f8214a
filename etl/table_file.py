"""Tables without geometry: CSV in UTF-8 or GB18030, and sheets of a workbook, in frames."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from cim.errors import BadSource, MissingSource
from cim.etl.columns import text_option
from cim.etl.table_header import HEADER_WITHIN, Header, Knows, Row, header_of, shown
from cim.etl.text_file import detected_encoding
from cim.etl.workbook import WORKBOOKS, opened_workbook
from cim.manifest import SourceSpec

_BATCH = 50_000
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
def open_table(source: SourceSpec, knower: Callable[[str], Knows]) -> Iterator[TableFile]:
    """Open a CSV file or a workbook's sheet.

    Parameters
    ----------
    source
        The source.
    knower
        Of a table's name, what knows the names of its columns: by them the header is found.

    Raises
    ------
    BadSource
        It cannot be read, is empty, none of its first rows names a column, or the workbook has no such sheet.
    """
    if not source.path.is_file():
        raise MissingSource(source.path)
    if source.path.suffix.lower() in WORKBOOKS:
        yield _open_sheet(source, knower)
        return
    encoding = text_option(source, "encoding") or detected_encoding(source.path)
    told = text_option(source, "delimiter")
    if told is not None and len(told) != 1:
        raise BadSource(source.path, f"option delimiter = {told!r}", "give one character")
    layout = None
    try:
        layout = csv_layout(source.path, encoding, told or DELIMITERS, knower(source.path.stem))
        header = _wanted(source.path, layout)
        yield TableFile(source.path.stem, header, _csv_frames(source.path, encoding, layout.delimiter, header))
    except (ValueError, LookupError) as error:
        said = (layout and _longer_row(source.path, encoding, layout)) or " ".join(str(error).split())
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


def csv_layout(path: Path, encoding: str, delimiters: str, knows: Knows) -> Layout:
    """Return the layout in which most names of columns are known, else that with the longest row."""
    found = []
    for delimiter in delimiters:
        rows: list[list[str]] = []
        # An outline longer than a cell of the standard library may be is none of the header.
        with suppress(csv.Error), path.open(encoding=encoding, newline="") as file:
            rows.extend(islice(csv.reader(file, delimiter=delimiter), HEADER_WITHIN))
        found.append(Layout(delimiter, rows, header_of(rows, knows)))
    return max(found, key=lambda item: (item.header.known if item.header else 0, max(map(len, item.rows), default=0)))


def _wanted(path: Path, layout: Layout) -> Header:
    """Return the header; there must be one."""
    if layout.header is not None:
        return layout.header
    found = shown(layout.rows)
    if not found:
        raise BadSource(path, "is empty", "give a table with a header")
    remedy = "name the columns with columns = {…} in options; cim schema THEME tells the names that are known"
    raise BadSource(path, f"names no known column in its first {HEADER_WITHIN} rows ({found})", remedy)


def _csv_frames(path: Path, encoding: str, delimiter: str, header: Header) -> Iterator[pd.DataFrame]:
    """Yield the rows below the header, all as text: the checks read numbers and dates, and say where they cannot."""
    try:
        chunks = pd.read_csv(
            path,
            encoding=encoding,
            sep=delimiter,
            header=None,
            names=list(header.names),
            skiprows=header.rows,
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
        yield from (_tidy(frame, header) for frame in chunks)


def _longer_row(path: Path, encoding: str, layout: Layout) -> str | None:
    """Say which row has more cells than the header, if one has: pandas tells of the first rows nothing, or a number."""
    if layout.header is None:
        return None
    columns = len(layout.header.names)
    with suppress(ValueError, LookupError, csv.Error), path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(file, delimiter=layout.delimiter)
        for row in islice(rows, layout.header.rows, None):
            if len(row) > columns:
                return f"line {rows.line_num} has {len(row)} cells where the header has {columns}"
    return None


def _tidy(frame: pd.DataFrame, header: Header) -> pd.DataFrame:
    """Return rows numbered as an editor shows them, without those that are empty."""
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas would take the first column for the rows' names.
        raise ValueError("rows have more columns than the header")
    frame.index = frame.index + header.rows + 1
    return frame.dropna(how="all")


def _open_sheet(source: SourceSpec, knower: Callable[[str], Knows]) -> TableFile:
    """Open a sheet; a workbook is small enough to be held."""
    with opened_workbook(source.path) as book:
        name = _sheet_name(source, book.sheet_names)
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    header = _wanted(source.path, Layout("", rows[:HEADER_WITHIN], header_of(rows, knower(name))))
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
