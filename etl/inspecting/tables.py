"""Tables: CSV in UTF-8, GB18030 or UTF-16, and workbooks; surveys of pipelines are told by their sheets and columns."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from cim.etl.inspecting.findings import Clock, Findings, Inspector, Sample
from cim.etl.inspecting.table import ANY_TITLE, Table
from cim.etl.table_file import DELIMITERS, csv_layout
from cim.etl.text_file import detected_encoding
from cim.etl.workbook import WORKBOOKS, opened_workbook

_TEXTS = {".csv", ".tsv", ".txt"}


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
        delimiter = csv_layout(file, encoding, DELIMITERS, ANY_TITLE).delimiter
        with file.open(encoding=encoding, newline="") as text:
            table = Table(file.stem, csv.reader(text, delimiter=delimiter), file.suffix)
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
            table = Table(name, sheet.iter_rows())
            complete &= table.read(clock)
            tables.append(table)
    return _findings(f"{path.suffix[1:].upper()} workbook", tables, {}, complete=complete)


def _findings(
    name: str, tables: list[Table], facts: Mapping[str, str], *, complete: bool, folder: Path | None = None
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
        facts={**facts, **_headers(tables)},
        problems=tuple(_problems(tables, survey)),
        sources=sources,
        complete=complete,
    )


def _headers(tables: Sequence[Table]) -> dict[str, str]:
    """Return in which rows the headers stand below something else, or that they have two lines."""
    told = []
    for table in tables:
        header = table.header
        below = f", below {header.above[:80]!r}" if header.above else ""
        if header.lines:
            told.append(f"{table.name} rows {header.rows - 1} and {header.rows}{below}")
        elif below:
            told.append(f"{table.name} row {header.rows}{below}")
    return {"header": "; ".join(told)} if told else {}


def _register(table: Table, several: bool, folder: Path | None) -> Mapping[str, object]:
    """Return the options that read a table as a register."""
    options: dict[str, object] = {"theme": table.theme or "…"}
    if folder is not None:
        options["path"] = str(folder / f"{table.name}{table.ending}")
    elif several:
        options["sheet"] = table.name
    east, north = table.place_columns
    if east is not None and north is not None:
        options |= {"x": table.titles[east], "y": table.titles[north]}
    return options


def _problems(tables: list[Table], survey: bool) -> Iterator[str]:
    for table in tables:
        twice = sorted({title for title in table.titles if title and table.titles.count(title) > 1})
        if twice:
            yield f"{table.name}: columns of one name: {', '.join(twice)}"
        if table.doubt and not survey:
            yield f"{table.name}: no header that is sure: {table.doubt}"
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
