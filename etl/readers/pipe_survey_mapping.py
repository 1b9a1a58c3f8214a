"""A city's own dialect of survey tables: which of its columns is which of ours, and in which unit.

A file beside the survey, named by option `columns_file`: CSV with the columns `table` (point, line, or empty for both),
`theirs`, `ours` and `factor`, or TOML with the tables `[point]` and `[line]`.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from cim.errors import BadSource
from cim.etl.readers.pipe_survey_columns import Told, fields
from cim.etl.text_file import detected_encoding
from cim.manifest import SourceSpec

_TABLES = ("point", "line")
_SHORT = {"p": "point", "points": "point", "管点": "point", "l": "line", "lines": "line", "管线": "line"}


@dataclass(frozen=True)
class Dialect:
    """What a source's options say of its columns."""

    points: Mapping[str, Told]
    """Of point tables: title = what it holds."""
    lines: Mapping[str, Told]
    """Of line tables."""

    def of(self, is_points: bool) -> Mapping[str, Told]:
        """Return what is told of one kind of table."""
        return self.points if is_points else self.lines


def dialect(source: SourceSpec) -> Dialect:
    """Return what options `columns_file` and `columns` say; the latter counts more.

    Raises
    ------
    BadSource
        The file cannot be read, or names a field that there is not; the message says in which line.
    """
    found: dict[str, dict[str, Told]] = {name: {} for name in _TABLES}
    for table, theirs, told, where in [*_from_file(source), *_from_option(source)]:
        wanted = [table] if table else list(_TABLES)
        fitting = [name for name in wanted if told.field in {field.name for field in fields(name == "point")}]
        if not fitting:
            known = sorted({field.name for name in wanted for field in fields(name == "point")})
            what = f"{where}: there is no field {told.field!r} for {theirs!r}"
            raise BadSource(source.path, what, f"give one of {', '.join(known)}")
        for name in fitting:
            found[name][theirs] = told
    return Dialect(found["point"], found["line"])


_Entry = tuple[str | None, str, Told, str]
"""Table, title, what it holds, and where it is said."""


def _from_option(source: SourceSpec) -> Iterator[_Entry]:
    """Yield what option `columns` says: title = field."""
    given = source.options.get("columns", {})
    if not isinstance(given, dict):
        raise BadSource(source.path, f"options.columns = {given!r}", 'give a table: { "埋深1" = "start_depth_m" }')
    for theirs, ours in given.items():
        yield None, theirs, Told(str(ours)), "options.columns"


def _from_file(source: SourceSpec) -> Iterator[_Entry]:
    """Yield what the file says that option `columns_file` names."""
    name = source.options.get("columns_file")
    if name is None:
        return
    folder = source.path if source.path.is_dir() else source.path.parent
    if not isinstance(name, str) or not (folder / name).is_file():
        what = f"options.columns_file = {name!r} is no file in {folder.name}/"
        raise BadSource(source.path, what, "put it beside the survey, and give its name")
    path = folder / name
    yield from _from_toml(path) if path.suffix.lower() == ".toml" else _from_csv(path)


def _from_csv(path: Path) -> Iterator[_Entry]:
    """Yield the lines of a CSV file in UTF-8 or GB18030."""
    with path.open(encoding=detected_encoding(path), newline="") as file:
        rows = csv.DictReader(file)
        missing = {"theirs", "ours"} - set(rows.fieldnames or ())
        if missing:
            raise BadSource(path, f"has no column {min(missing)}", "give the columns table, theirs, ours, factor")
        for row in rows:
            where = f"{path.name} line {rows.line_num}"
            cell = {key: (value or "").strip() for key, value in row.items() if isinstance(value, str) and key}
            if cell.get("theirs") and cell.get("ours"):
                told = Told(cell["ours"], _factor(path, where, cell.get("factor") or None))
                yield _table(path, where, cell.get("table", "")), cell["theirs"], told, where


def _from_toml(path: Path) -> Iterator[_Entry]:
    """Yield the entries of a TOML file: `[line]` `"起深" = "start_depth_m"`, or `{ ours = "…", factor = 0.01 }`."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSource(path, f"is not readable as TOML in UTF-8 ({error})", "correct it") from error
    for table, entries in document.items():
        kind = _table(path, f"[{table}]", table)
        if not isinstance(entries, dict):
            raise BadSource(path, f"{table} = {entries!r}", "give the tables [point] and [line]")
        for theirs, said in entries.items():
            where = f"{path.name} [{table}] {theirs}"
            told = said if isinstance(said, dict) else {"ours": said}
            if not isinstance(told.get("ours"), str):
                raise BadSource(path, where, 'give the field: "start_depth_m", or { ours = "…", factor = 0.01 }')
            yield kind, theirs, Told(told["ours"], _factor(path, where, told.get("factor"))), where


def _table(path: Path, where: str, text: str) -> str | None:
    """Return which tables an entry speaks of; None: both."""
    name = _SHORT.get(text.lower(), text.lower())
    if name and name not in _TABLES:
        raise BadSource(path, f"{where}: table {text!r}", "give point or line")
    return name or None


def _factor(path: Path, where: str, given: Any) -> float | None:
    """Return what a column's numbers are multiplied by to be in our unit; None: nothing is told."""
    if given is None:
        return None
    try:
        factor = float(given)
    except (TypeError, ValueError):
        factor = float("nan")
    if not isfinite(factor) or factor == 0:
        raise BadSource(path, f"{where}: factor {given!r}", "give a number, e.g. 0.01 for centimetres in metres")
    return factor
