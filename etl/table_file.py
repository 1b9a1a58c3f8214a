"""Tables without geometry: CSV in UTF-8 or GB18030, and sheets of a workbook, in frames."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cim.errors import BadSource, MissingSource
from cim.etl.columns import text_option
from cim.etl.text_file import detected_encoding
from cim.etl.workbook import WORKBOOKS, opened_workbook
from cim.manifest import SourceSpec

_BATCH = 50_000
TABLES = {".csv", ".tsv", ".txt"} | WORKBOOKS
"""Endings of files that are tables; every other file is OGR's."""


@dataclass(frozen=True)
class TableFile:
    """A table that is being read."""

    name: str
    """Name of the sheet, or of the file without its ending."""
    columns: tuple[str, ...]
    """Names in its header."""
    frames: Iterator[pd.DataFrame]
    """Its rows; the index is the number of the row in the file, the header being 1."""


@contextmanager
def open_table(source: SourceSpec) -> Iterator[TableFile]:
    """Open a CSV file or a workbook's sheet.

    Raises
    ------
    BadSource
        It cannot be read, is empty, or the workbook has no such sheet.
    """
    if not source.path.is_file():
        raise MissingSource(source.path)
    if source.path.suffix.lower() in WORKBOOKS:
        yield _open_sheet(source)
        return
    encoding = text_option(source, "encoding") or detected_encoding(source.path)
    delimiter = text_option(source, "delimiter") or _delimiter(source.path, encoding)
    try:
        # Everything is read as text: the checks read numbers and dates, and say where they cannot.
        with pd.read_csv(
            source.path,
            encoding=encoding,
            sep=delimiter,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            chunksize=_BATCH,
            skip_blank_lines=False,
        ) as chunks:
            first = next(chunks, None)
            columns = _header(source.path, () if first is None else tuple(first.columns))
            yield TableFile(source.path.stem, columns, _numbered(first, chunks))
    except (ValueError, LookupError) as error:
        said = _longer_row(source.path, encoding, delimiter) or " ".join(str(error).split())
        raise BadSource(source.path, f"cannot be read as CSV ({said})", "save it anew as CSV in UTF-8") from error


def _longer_row(path: Path, encoding: str, delimiter: str) -> str | None:
    """Say which row has more cells than the header, if one has: pandas tells of the first rows nothing, or a number."""
    with suppress(ValueError, LookupError, csv.Error), path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(file, delimiter=delimiter)
        header = next(rows, [])
        for row in rows:
            if len(row) > len(header):
                return f"line {rows.line_num} has {len(row)} cells where the header has {len(header)}"
    return None


def _delimiter(path: Path, encoding: str) -> str:
    """Return what separates the columns: of comma, semicolon and tab the one that the header has most of."""
    with path.open(encoding=encoding, newline="") as file:
        header = file.readline()
    return max(",;\t", key=header.count)


def _header(path: Path, columns: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the names of the columns; there must be some."""
    names = tuple(str(name).strip() for name in columns)
    if not any(names):
        raise BadSource(path, "is empty", "give a table with a header")
    return names


def _numbered(first: pd.DataFrame | None, rest: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Yield frames whose rows are numbered as an editor shows them, without rows that are empty."""
    if first is not None:
        yield _tidy(first)
    yield from map(_tidy, rest)


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas would take the first column for the rows' names.
        raise ValueError("rows have more columns than the header")
    frame.index = frame.index + 2
    frame.columns = [str(name).strip() for name in frame.columns]
    return frame.dropna(how="all")


def _open_sheet(source: SourceSpec) -> TableFile:
    """Open a sheet; a workbook is small enough to be held."""
    with opened_workbook(source.path) as book:
        name = _sheet_name(source, book.sheet_names)
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    columns = _header(source.path, tuple(rows[0]) if rows else ())
    body = [[None if cell == "" else cell for cell in row] for row in rows[1:]]
    frame = pd.DataFrame(body, columns=list(columns), index=range(2, len(body) + 2), dtype=object)
    return TableFile(name, columns, iter([frame.dropna(how="all")]))


def _sheet_name(source: SourceSpec, names: list[str]) -> str:
    """Return the sheet to read."""
    wanted = text_option(source, "sheet") or text_option(source, "layer")
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return str(wanted)
    what = "has several sheets" if wanted is None else f"has no sheet {wanted!r}"
    raise BadSource(source.path, f"{what} ({', '.join(names)})", 'name one with sheet = "…" in options')
