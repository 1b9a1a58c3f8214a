"""Rows of a survey as they stand in the file: the originals of what was refused or remarked on.

They are fetched from the table once more when its rejects are known. To keep every cell of a survey for the few rows
that are told of would cost more memory than the survey itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from cim.etl.batch import Reject
from cim.etl.readers.pipe_survey_cells import Values, cells_of, unique_titles
from cim.etl.readers.pipe_survey_columns import Told
from cim.etl.readers.pipe_survey_reading import records
from cim.etl.readers.pipe_survey_tables import Table, text_of

MOST_REMARKS = 10_000
"""Remarks of a table that tell their row: there may be one for every row of a million. Refusals all do."""

Row = dict[str, Any]


def with_originals(table: Table, given: Mapping[str, Told], rejects: Sequence[Reject]) -> list[Reject]:
    """Return the rejects of a table, each with its row under the file's own titles.

    Parameters
    ----------
    table
        The table.
    given
        What the source's options say of its columns, by title.
    rejects
        Rejects whose records are called `sheet!row`.
    """
    remarks = [item for item in rejects if item.severity != "error"]
    silent = {id(item) for item in remarks[MOST_REMARKS:]}
    rows = {row_number(item) for item in rejects if id(item) not in silent}
    found = _rows(table, given, rows)
    return [item if id(item) in silent else _told(item, found.get(row_number(item), {})) for item in rejects]


def _told(reject: Reject, row: Row) -> Reject:
    """Return a reject with its row, and with the ends by which a refused line is found on the map."""
    return replace(reject, original={**row, **(reject.original or {})}, original_is_row=True)


def row_number(reject: Reject) -> int:
    """Return the number of the row that a reject of a survey is about."""
    return int(reject.record.rpartition("!")[2])


def _rows(table: Table, given: Mapping[str, Told], wanted: set[int]) -> dict[int, Row]:
    """Return rows of a table by their number."""
    found: dict[int, Row] = {}
    last, numbered = max(wanted, default=0), np.array(sorted(wanted), dtype=np.int64)
    for columns, first, rows in records(table, given):
        if first > last:
            break
        cells = cells_of(rows, len(columns))
        numbers = first + cells.rows
        here = np.flatnonzero(np.isin(numbers, numbered))
        titles = unique_titles(column.title for column in columns)
        for at in here.tolist():
            values = ((title, _plain(column, at)) for title, column in zip(titles, cells.columns, strict=True))
            found[int(numbers[at])] = {title: value for title, value in values if value not in ("", None)}
    return found


def _plain(column: Values, at: int) -> Any:
    """Return a cell as a number or text."""
    cell = column[at].as_py() if isinstance(column, pa.Array) else column[at]
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return cell if isinstance(cell, str | int | float | bool) else text_of(cell)
