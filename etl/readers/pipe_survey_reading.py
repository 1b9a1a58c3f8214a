"""A survey table read whole: typed columns, a label for each row, and what had to be refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim.errors import BadSource
from cim.etl.batch import Reject
from cim.etl.readers.pipe_survey_cells import cells_of, labels, unique_titles
from cim.etl.readers.pipe_survey_columns import AS_TOLD, Column, Field, Misread, Told, fields, match, read_columns
from cim.etl.readers.pipe_survey_csv import Rows
from cim.etl.readers.pipe_survey_mended import in_place
from cim.etl.readers.pipe_survey_tables import Table, header_row, plain_name, row_chunks, text_of

Mask = npt.NDArray[np.bool_]

_ENDS = ("start_node_key", "end_node_key")
"""What a refused line tells of where it is; the rest of its original is fetched from the file."""


class Survey:
    """Rows of one table that are still in use, and the rejects of the others.

    Parameters
    ----------
    frame
        Typed columns; the index says sheet and row: `JSLine!17`.
    theme
        Theme that the rows are meant for.
    path
        File that they come from.
    originals
        Columns that the original of a refused row is made of; None: all of them.
    """

    def __init__(self, frame: pd.DataFrame, theme: str, path: Path, originals: Sequence[str] | None = None) -> None:
        self.frame, self.theme, self.path, self.originals = frame, theme, path, originals
        self.rejects: list[Reject] = []

    def part(self, frame: pd.DataFrame) -> Survey:
        """Return other rows, or columns, of the same table; its rejects stay here."""
        return Survey(frame, self.theme, self.path, self.originals)

    def column(self, name: str) -> pd.Series:
        """Return a column, all missing where the table has none."""
        if name in self.frame:
            return self.frame[name]
        return pd.Series(np.full(len(self.frame), None), index=self.frame.index, dtype=object)

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return a column of numbers, NaN where missing."""
        if name in self.frame:
            return self.frame[name].to_numpy(dtype=np.float64)
        return np.full(len(self.frame), np.nan)

    def keys(self, name: str) -> pd.Index:
        """Return a column of keys as an index."""
        return pd.Index(self.column(name).astype("str"))

    def refuse(self, faulty: Mask, code: str, reason: str, remedy: str, **values: Any) -> None:
        """Refuse the rows where `faulty` is true.

        Parameters
        ----------
        faulty
            (rows,) Which rows.
        code
            Code of the reject.
        reason
            Template, filled from the row's columns and `values`: ``"point {source_key!r} stands a second time"``.
        remedy
            What to do.
        values
            Further arrays by row for the template.
        """
        if faulty.any():
            self._tell(faulty, code, reason, remedy, "error", values)
            self.frame = self.frame[~faulty]

    def remark(self, odd: Mask, code: str, reason: str, remedy: str, **values: Any) -> None:
        """Remark on rows that are kept; parameters as for `refuse`."""
        if odd.any():
            self._tell(odd, code, reason, remedy, "warning", values)

    def _tell(self, rows: Mask, code: str, reason: str, remedy: str, severity: str, values: Mapping[str, Any]) -> None:
        some = self.frame[rows]
        told = some.assign(**{name: np.asarray(value)[rows] for name, value in values.items()})
        # Of a remark only what it says is looked at: there may be one for each row.
        said = told[[name for _, name, _, _ in Formatter().parse(reason) if name]].to_dict("records")
        keys = _keys(some)
        columns = some.columns.drop(AS_TOLD, errors="ignore") if self.originals is None else self.originals
        record = some[[name for name in columns if name in some]]
        originals = record.to_dict("records") if severity == "error" else []
        unsaid: list[dict[Any, Any]] = [{}] * len(some)
        for label, row, key, original in zip(some.index, said or unsaid, keys, originals or unsaid, strict=True):
            self.rejects.append(
                Reject(
                    record=str(label),
                    code=code,
                    reason=reason.format(**{str(name): value for name, value in row.items()}),
                    remedy=remedy,
                    theme=self.theme,
                    source_key=None if _is_missing(key) else str(key),
                    original=_plain(original) or None,
                    severity=severity,
                    file=self.path.name,
                )
            )


def _keys(rows: pd.DataFrame) -> list[Any]:
    """Return what rows are called: a line without a number by its ends, as it is where it stands."""
    keys = rows["source_key"].to_list() if "source_key" in rows else [None] * len(rows)
    if not set(_ENDS) <= set(rows.columns):
        return keys
    ends = zip(rows[_ENDS[0]], rows[_ENDS[1]], strict=True)
    return [
        f"{start}-{end}" if _is_missing(key) and not (_is_missing(start) or _is_missing(end)) else key
        for key, (start, end) in zip(keys, ends, strict=True)
    ]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row by name, without what is missing."""
    return {str(name): value for name, value in row.items() if not _is_missing(value)}


def _is_missing(value: object) -> bool:
    """Whether a cell of a typed frame is empty."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def read_table(table: Table, given: Mapping[str, Told]) -> Survey:
    """Read a table.

    Parameters
    ----------
    table
        The table.
    given
        What the source's options say of its columns, by title.

    Raises
    ------
    BadSource
        No row names its columns, or one that is needed is missing.
    """
    columns: list[Column]
    frames: list[pd.DataFrame] = []
    misread: list[tuple[pd.Index, Misread]] = []
    for columns, number, rows in records(table, given):
        frame, lost = _read_rows(table, columns, rows, number)
        frames.append(frame)
        misread += [(frame.index, item) for item in lost]
    if not frames:
        raise BadSource(table.path, f"{table.name} is empty", "give it a row of column names and the records below")
    frame = _mended_last(_joined(frames), table)
    survey = Survey(frame, "pipe_node" if table.is_points else "pipe_segment", table.path, _ENDS)
    place = {column.title: at for at, column in enumerate(columns)}
    tell_misread(survey, sorted(misread, key=lambda told: place[told[1].title]))
    return survey


def records(table: Table, given: Mapping[str, Told]) -> Iterator[tuple[list[Column], int, Rows]]:
    """Yield a table's columns with its rows below their names, in chunks, and the number of the first of each.

    Mended rows stand in the place of the file's.
    """
    known = frozenset(name for field in fields(table.is_points) for name in field.names)
    known |= frozenset(plain_name(title)[0] for title in given)
    columns: list[Column] | None = None
    for number, rows in row_chunks(table):
        if columns is None:
            at = None if isinstance(rows, pa.RecordBatch) else header_row(rows, known)
            columns = _columns(table, rows, at, given)
            rows, number = rows[(at or 0) + 1 :], number + (at or 0) + 1
        if table.mended:
            rows = in_place(rows, number, unique_titles(column.title for column in columns), table.mended)
        yield columns, number, rows


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join chunks; a column that is missing in one of them is filled."""
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(filled) if len(filled) > 1 else filled[0]


def _mended_last(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Put mended rows behind the file's own: of two that are one, these stand."""
    if not table.mended:
        return frame
    mended = frame.index.isin([f"{table.name}!{number}" for number in table.mended])
    return pd.concat([frame[~mended], frame[mended]])


def _columns(
    table: Table, rows: Sequence[Sequence[Any]], header: int | None, given: Mapping[str, Told]
) -> list[Column]:
    """Match the header row, or say what is missing."""
    if header is None:
        shown = ", ".join(filter(None, map(text_of, rows[0])))[:200] if rows else "nothing"
        raise BadSource(
            table.path,
            f"{table.name} has no row of known column names (its first row: {shown})",
            "name the columns as in docs/formats/pipe_survey.md, or give options.columns",
        )
    titles = [text_of(cell) for cell in rows[header]]
    columns = match(titles, table.is_points, given)
    found = {column.field.name for column in columns if column.field}
    for field in fields(table.is_points):
        if field.needed and field.name not in found:
            have = ", ".join(filter(None, titles))
            raise BadSource(
                table.path,
                f"{table.name} has no column for {field.name} (columns: {have})",
                f"name it {field.names[0]}, or tell with options.columns which one it is",
            )
    return columns


def _read_rows(table: Table, columns: Sequence[Column], rows: Rows, number: int) -> tuple[pd.DataFrame, list[Misread]]:
    """Read the rows that have anything in them."""
    cells = cells_of(rows, len(columns))
    titled = [(column, values) for column, values in zip(columns, cells.columns, strict=True) if column.title]
    frame, misread = read_columns([column for column, _ in titled], [values for _, values in titled])
    frame.index = labels(table.name, number + cells.rows)
    return frame, misread


_WANTED = {
    "section": "a size such as 300 or 1000\N{MULTIPLICATION SIGN}800",
    "integer": "a whole number",
    "holes": "a number of holes such as 12, or 12/4 with those in use",
    "flow": "0, 1 or 2",
    "method": "a known way of surveying (明显点, 探测 …)",
    "device": "open or closed (开, 关)",
    "operable": "can or cannot be operated (可操作, 不可操作)",
}
_CODES = {
    "section": "section.unreadable",
    "number": "value.not_a_number",
    "integer": "value.not_whole",
    "holes": "value.not_whole",
    "year": "value.not_a_year",
    "date": "value.not_a_date",
    "voltage": "value.not_a_voltage",
    "flow": "value.not_a_flow",
    "state": "value.not_a_state",
    "method": "value.not_a_method",
    "device": "device.unknown_state",
    "operable": "device.unknown_operability",
}


def tell_misread(survey: Survey, found: Iterable[tuple[pd.Index, Misread]]) -> None:
    """Refuse or remark on rows of which a value could not be read, column by column.

    Parameters
    ----------
    survey
        The table.
    found
        For each chunk and column with such values the labels of the chunk's rows, and which values.
    """
    by_title: dict[str, list[tuple[pd.Index, Misread]]] = {}
    for index, item in found:
        by_title.setdefault(item.title, []).append((index, item))
    for title, items in by_title.items():
        _tell_column(survey, title, items[0][1].field, pd.concat([_lost(index, item) for index, item in items]))


def _tell_column(survey: Survey, title: str, field: Field, lost: pd.Series) -> None:
    """Refuse or remark on rows of which the value in one column could not be read; `lost` has them by label."""
    at = survey.frame.index.get_indexer(lost.index)
    here = at >= 0  # others were refused for another column
    rows, said = np.zeros(len(survey.frame), dtype=bool), np.full(len(survey.frame), None, dtype=object)
    rows[at[here]], said[at[here]] = True, lost.to_numpy(dtype=object)[here]
    kind = field.kind.rpartition(":")[2]
    code = _CODES[kind]
    reason = f"{{title}} is {{said!r}} where {_WANTED.get(kind, f'a {kind}')} is wanted"
    titles = np.full(len(rows), title, dtype=object)
    if field.severity == "error":
        remedy = "correct the cell, or leave it empty where the value is not known"
        survey.refuse(rows, code, reason, remedy, said=said, title=titles)
    else:
        remedy = "correct the cell; what it says is kept among the attributes"
        survey.remark(rows, code, reason, remedy, said=said, title=titles)


def _lost(index: pd.Index, item: Misread) -> pd.Series:
    """Return the values of a chunk that could not be read, by the labels of their rows."""
    return pd.Series(item.values[item.rows].to_numpy(dtype=object), index=index[item.rows.to_numpy()], dtype=object)
