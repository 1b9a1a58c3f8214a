"""Rows of a survey table with mended cells in the place of the file's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from cim.etl.readers.pipe_survey_csv import Rows
from cim.etl.readers.pipe_survey_tables import text_of

Row = Mapping[str, Any]
"""Cells by title; a title that is not there has an empty cell."""


def in_place(rows: Rows, first: int, titles: Sequence[str], mended: Mapping[int, Row]) -> Rows:
    """Return rows with the mended ones among them.

    Parameters
    ----------
    rows
        Rows of a table below its titles.
    first
        Number of the first of them.
    titles
        Titles of the columns, each once.
    mended
        Mended rows by number.
    """
    here = {number - first: row for number, row in mended.items() if first <= number < first + len(rows)}
    if not here:
        return rows
    if isinstance(rows, pa.RecordBatch):
        return _in_columns(rows, titles, here)
    return [[here[at].get(title, "") for title in titles] if at in here else row for at, row in enumerate(rows)]


def _in_columns(rows: pa.RecordBatch, titles: Sequence[str], here: Mapping[int, Row]) -> pa.RecordBatch:
    """Put mended rows among columns of text: a block has no columns beyond the last that is filled in it."""
    filled = [place + 1 for row in here.values() for place, title in enumerate(titles) if title in row]
    width = max([rows.num_columns, *filled])
    columns = []
    for place in range(width):
        cells = rows.column(place).to_pylist() if place < rows.num_columns else [""] * len(rows)
        for at, row in here.items():
            cells[at] = text_of(row.get(titles[place], "")) if place < len(titles) else ""
        columns.append(pa.array(cells, pa.large_string()))
    return pa.record_batch(columns, names=[str(place) for place in range(width)])
