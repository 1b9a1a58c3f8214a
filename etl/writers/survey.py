"""Pipeline survey as a workbook: sheets XX管点表 and XX管线表 for each network."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from cim.etl.export import BadExport, Export, FileWriter
from cim.etl.writers.pipe_rows import networks, nodes, segments
from cim.etl.writers.survey_tables import PREFIXES, line_table, point_table

THEMES = ("pipe_node", "pipe_segment")
_MOST_ROWS = 1_048_575


def write(export: Export, path: Path) -> Counter[str]:
    """Write a workbook, network by network.

    Raises
    ------
    BadExport
        A network has more rows than a sheet.
    """
    written: Counter[str] = Counter(dict.fromkeys(THEMES, 0))
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"title": export.metadata["name_zh"], "comments": _told(export)})
        for network in networks(export):
            prefix = PREFIXES[network]
            for theme, name, table in (
                ("pipe_node", f"{prefix}管点表", point_table(nodes(export, network))),
                ("pipe_segment", f"{prefix}管线表", line_table(segments(export, network))),
            ):
                if len(table) > _MOST_ROWS:
                    raise BadExport(f"{name} has {len(table)} rows, more than a sheet holds", "use format survey-csv")
                _sheet(book.add_worksheet(name), table)
                written[theme] += len(table)
    return written


def _told(export: Export) -> str:
    """Return licences, who is to be named and whether data is made up, in a line."""
    named = [
        item for source in export.metadata["sources"] for item in (source["attribution"], source["licence"]) if item
    ]
    return "; ".join([*dict.fromkeys(named), *(["synthetic 合成数据"] if export.metadata["synthetic"] else [])])


def _sheet(sheet: Any, table: pd.DataFrame) -> None:
    """Write a table row by row."""
    sheet.write_row(0, 0, list(table.columns))
    for number, row in enumerate(table.itertuples(index=False, name=None), start=1):
        for at, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, at, value)
            elif isinstance(value, bool | int | float) and value == value:
                sheet.write_number(number, at, value)
            elif value is not None and not pd.isna(value):
                sheet.write_string(number, at, str(value))


WRITER = FileWriter(
    name="survey",
    title="Pipeline survey tables (管点表, 管线表) in a workbook",
    write=write,
    themes=THEMES,
    usual=THEMES,
    sidecar=True,
)
