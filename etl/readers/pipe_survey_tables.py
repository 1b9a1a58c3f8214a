"""Tables of a pipeline census: the sheets of a workbook, or CSV files in UTF-8 or GB 18030."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from cim.errors import BadSource, MissingSource
from cim.etl.readers.pipe_survey_csv import CHUNK, Rows, csv_rows
from cim.etl.table_header import best_row
from cim.etl.workbook import WORKBOOKS, opened_workbook

_POINTS = re.compile(r"(?:管点成果表|管点数据表|管点表|管点|管线点表|管线点|点表|_?POINTS?|_P)$", re.IGNORECASE)
_LINES = re.compile(r"(?:管线成果表|管线数据表|管线表|管段表|管线|线表|_?LINES?|_L)$", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A point or line table, not yet read beyond its names."""

    path: Path
    """File that it is in."""
    name: str
    """Name of the sheet, or of the file without its ending."""
    prefix: str
    """What stands before 管点表 or Point in the name: a class code such as JS, or nothing."""
    is_points: bool
    """Whether it lists points; else lines."""
    mended: Mapping[int, Mapping[str, Any]] = field(default_factory=dict, compare=False)
    """Cells by title that stand for those of a row, by its number."""


_LIKE_ONE = re.compile("[点线管]|POINT|LINE|PIPE", re.IGNORECASE)
"""What the name of a sheet or file has that may well be meant to be read."""


def tables(path: Path) -> tuple[list[Table], list[str]]:
    """Return the point and line tables of a workbook, or of a folder of CSV files, and names of others like these.

    Raises
    ------
    MissingSource, BadSource
        There is no such file, it is no workbook, or nothing in it is named as a point or line table.
    """
    if path.is_dir():
        files = sorted(item for item in path.iterdir() if item.suffix.lower() == ".csv")
        names = [(file, file.stem) for file in files]
        what, unit = "files", "CSV files"
    elif not path.is_file():
        raise MissingSource(path)
    else:
        if path.suffix.lower() not in WORKBOOKS:
            remedy = "give a workbook (XLSX), or a folder with the CSV files of points and lines"
            raise BadSource(path, "is no workbook", remedy)
        with opened_workbook(path) as book:
            names = [(path, name) for name in book.sheet_names]
        what, unit = "sheets", "sheets"
    found = [table for file, name in names if (table := named_table(file, name)) is not None]
    left = [name for file, name in names if named_table(file, name) is None and _LIKE_ONE.search(name)]
    for is_points, wanted in ((True, "XX管点表 or XXPoint"), (False, "XX管线表 or XXLine")):
        if not any(table.is_points == is_points for table in found):
            have = ", ".join(name for _, name in names) or "none"
            raise BadSource(
                path,
                f"has no table of {'points' if is_points else 'lines'} ({what}: {have})",
                f"name the {unit} {wanted}",
            )
    return found, left


def named_table(path: Path, name: str) -> Table | None:
    """Tell by its name what a sheet or file holds."""
    text = name.strip()
    for pattern, is_points in ((_POINTS, True), (_LINES, False)):
        found = pattern.search(text)
        if found:
            return Table(path, name, text[: found.start()].strip(" _-").upper(), is_points)
    return None


def row_chunks(table: Table) -> Iterator[tuple[int, Rows]]:
    """Yield the rows of a table in chunks, with the number of the first, counted from 1 as the program shows them.

    Those at the beginning, where the columns' names are looked for, come one by one.
    """
    chunks: Iterator[Rows]
    if table.path.suffix.lower() == ".csv":
        chunks = csv_rows(table.path)
    else:
        rows = _sheet_rows(table)
        chunks = iter(lambda: list(islice(rows, CHUNK)), [])
    number = 1
    for chunk in chunks:
        yield number, chunk
        number += len(chunk)


def _sheet_rows(table: Table) -> Iterator[Sequence[Any]]:
    """Yield the rows of a sheet from its first, empty rows too."""
    with opened_workbook(table.path) as book:
        yield from book.get_sheet_by_name(table.name).iter_rows()


def header_row(rows: Sequence[Sequence[Any]], known: frozenset[str]) -> int | None:
    """Return the position of the row that names columns: of the first ten the one with most known names, at least 3."""
    return best_row(rows, lambda text: plain_name(text)[0] in known, 3)


_ASCII = str.maketrans("\uff08\uff09\u3010\u3011\uff0f\uff3b\uff3d", "()[]/[]")
"""Full-width brackets and stroke, and what they stand for."""
_UNIT = re.compile(r"[(\[](?P<unit>mm|cm|m|米|厘米|毫米|kv|千伏|mpa|兆帕|度|°)[)\]]$", re.IGNORECASE)


def plain_name(text: str) -> tuple[str, str | None]:
    """Return a column's name without spaces and unit, and the unit; brackets as in ASCII, letters large."""
    tight = re.sub(r"[\s_\-]+", "", text.translate(_ASCII)).upper()
    found = _UNIT.search(tight)
    return (tight[: found.start()], found["unit"].lower()) if found else (tight, None)


def text_of(cell: Any) -> str:
    """Return a cell as text: 1001.0 as 1001, a date as 2021-05-03."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell).strip()
