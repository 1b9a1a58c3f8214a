"""Pipeline survey as a workbook: sheets XX管点表 and XX管线表 for each network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from cim.etl.export import Export, FileWriter
from cim.etl.export_place import BadExport
from cim.etl.writers.pipe_rows import networks
from cim.etl.writers.survey_tables import PREFIXES, Layout, layout, tables

THEMES = ("pipe_node", "pipe_segment")
SHEETS = {"pipe_node": "管点表", "pipe_segment": "管线表"}
"""How the tables of the themes are called, after the network's code."""
_MOST_ROWS = 1_048_575


def write(export: Export, path: Path) -> Counter[str]:
    """Write a workbook, network by network.

    Raises
    ------
    BadExport
        A network has more rows than a sheet.
    OSError
        It cannot be written.
    """
    try:
        return _write(export, path)
    except FileCreateError as error:
        raise OSError(str(error)) from error


def _write(export: Export, path: Path) -> Counter[str]:
    """Write a workbook; its sheets stand in files beside it until it is closed."""
    written: Counter[str] = Counter(dict.fromkeys(THEMES, 0))
    options = {"constant_memory": True, "strings_to_numbers": False, "tmpdir": str(path.parent)}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": export.metadata["name_zh"], "comments": _told(export)})
        for network in networks(export):
            for theme, ending in SHEETS.items():
                name, shape = f"{PREFIXES[network]}{ending}", layout(export, theme, network)
                if shape.rows > _MOST_ROWS:
                    raise BadExport(f"{name} has {shape.rows} rows, more than a sheet holds", "use format survey-csv")
                written[theme] += _sheet(book.add_worksheet(name), shape, tables(export, theme, network, shape))
    return written


def _told(export: Export) -> str:
    """Return licences, who is to be named and whether data is made up, in a line."""
    named = [
        item for source in export.metadata["sources"] for item in (source["attribution"], source["licence"]) if item
    ]
    return "; ".join([*dict.fromkeys(named), *(["synthetic 合成数据"] if export.metadata["synthetic"] else [])])


def _sheet(sheet: Any, shape: Layout, portions: Iterable[pd.DataFrame]) -> int:
    """Write a table row by row, and return how many."""
    sheet.write_row(0, 0, shape.header)
    number = 0
    for row in (row for table in portions for row in table.itertuples(index=False, name=None)):
        number += 1
        for at, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, at, value)
            elif isinstance(value, bool | int | float) and value == value:
                sheet.write_number(number, at, value)
            elif value is not None and not pd.isna(value):
                sheet.write_string(number, at, str(value))
    return number


WRITER = FileWriter(
    name="survey",
    title="Pipeline survey tables (管点表, 管线表) in a workbook",
    write=write,
    themes=THEMES,
    usual=THEMES,
    sidecar=True,
)
