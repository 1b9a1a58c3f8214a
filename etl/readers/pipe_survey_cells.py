"""Cells of a survey table, column by column, whether its rows came one by one or as columns of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cim.etl.readers.pipe_survey_csv import Rows

Ints = npt.NDArray[np.int64]
Values: TypeAlias = "pa.Array | Sequence[Any]"
"""The cells of a column: Arrow's text, or what a workbook's cells hold."""

_NOTHING = ("", None)


@dataclass(frozen=True)
class Cells:
    """The rows of a chunk that have anything in them."""

    rows: Ints
    """Position of each of them in the chunk."""
    columns: list[Values]
    """Their cells, column by column."""


def cells_of(rows: Rows, width: int) -> Cells:
    """Return a chunk's cells in so many columns: rows that are shorter are filled, longer ones cut."""
    return _of_text(rows, width) if isinstance(rows, pa.RecordBatch) else _of_rows(rows, width)


def _of_text(rows: pa.RecordBatch, width: int) -> Cells:
    """Take columns of text."""
    empty = np.ones(len(rows), dtype=bool)
    for column in rows.columns:
        empty &= pc.equal(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
        if not empty.any():
            break
    if empty.any():
        rows = rows.filter(pa.array(~empty))
    columns: list[Values] = rows.columns[:width]
    blank = [pa.array([""] * len(rows), pa.large_string())] * (width - len(columns))
    return Cells(np.flatnonzero(~empty), [*columns, *blank])


def _of_rows(rows: Sequence[Sequence[Any]], width: int) -> Cells:
    """Turn rows into columns."""
    filled = [
        at
        for at, row in enumerate(rows)
        if row and (row[0] not in _NOTHING or any(cell not in _NOTHING for cell in row))
    ]
    some = rows if len(filled) == len(rows) else [rows[at] for at in filled]
    if any(len(row) != width for row in some):
        some = [(*row[:width], *("",) * (width - len(row))) for row in some]
    columns: list[Values] = list(zip(*some, strict=True)) if some else [()] * width
    return Cells(np.array(filled, dtype=np.int64), columns)


def unique_titles(titles: Iterable[str]) -> list[str]:
    """Return the titles of a table's columns, each once; layers of a GeoPackage know no difference of x and X."""
    met: Counter[str] = Counter()
    told = []
    for number, title in enumerate(titles, 1):
        name = title or f"column {number}"
        met[name.lower()] += 1
        told.append(name if met[name.lower()] == 1 else f"{name} ({met[name.lower()]})")
    return told


def labels(name: str, numbers: Ints) -> pd.Index[Any]:
    """Return what rows are called: `JSLine!17`."""
    text = pa.large_string()
    said = pc.binary_join_element_wise(pa.scalar(name, text), pa.array(numbers).cast(text), pa.scalar("!", text))
    index: pd.Index[Any] = pd.Index(pd.array(said, dtype="str"))
    return index
