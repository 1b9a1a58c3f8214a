"""CSV tables read in blocks: a plain block comes as columns of text at once, any other row by row.

Row by row, Python's reader says what a row is; a block comes at once only where Arrow's reader, ten times as fast, says
the same: every line is a record, all have the same number of values, and no quotation is open at the end.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.csv

from cim.errors import BadSource
from cim.etl.table_header import HEADER_WITHIN

Rows: TypeAlias = "Sequence[Sequence[Any]] | pa.RecordBatch"
"""Rows one by one, or as columns of text."""

CHUNK = 50_000
"""Most rows that come one by one at a time."""
_BLOCK_BYTES = 4 << 20
_LONGEST = csv.field_size_limit()
_BOM = b"\xef\xbb\xbf"


def csv_rows(path: Path) -> Iterator[Rows]:
    """Yield the rows of a file in UTF-8 or GB 18030; a blank line is an empty row.

    Raises
    ------
    BadSource
        It is neither, or no CSV.
    """
    encoding = _encoding(path)
    try:
        with path.open("rb") as file:
            yield from _rows(_blocks(file, encoding))
    except (csv.Error, OSError) as error:
        raise BadSource(path, f"is not readable as CSV ({error})", "save it anew as CSV in UTF-8") from error
    except _Unclosed:
        what = "is not readable as CSV (a quotation mark that opens is not closed)"
        raise BadSource(path, what, "save it anew as CSV in UTF-8") from None


class _Unclosed(Exception):
    """A quotation is still open where the text ends."""


def _encoding(path: Path) -> str:
    """Return the encoding of a text file: UTF-8, else GB 18030, which takes in GBK and GB 2312.

    Raises
    ------
    BadSource
        It is neither.
    """
    for encoding in ("utf-8", "gb18030"):
        try:
            with path.open(encoding=encoding) as file:
                while file.read(1 << 20):
                    pass
            return encoding
        except UnicodeDecodeError:
            continue
    raise BadSource(path, "is neither UTF-8 nor GB 18030 text", "save it anew as CSV in UTF-8")


def _blocks(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Yield a file's lines in UTF-8, many at a time."""
    # In neither encoding is a line feed part of another character.
    begun, first = b"", True
    while block := file.read(_BLOCK_BYTES):
        whole, feed, left = block.rpartition(b"\n")
        if not feed:
            begun += left
            continue
        lines, begun = begun + whole + feed, left
        yield _in_utf8(lines, encoding, first)
        first = False
    if begun:
        yield _in_utf8(begun, encoding, first)


def _in_utf8(lines: bytes, encoding: str, first: bool) -> bytes:
    """Return lines in UTF-8, without the mark at a file's beginning."""
    if encoding != "utf-8":
        return lines.decode(encoding).encode()
    return lines.removeprefix(_BOM) if first else lines


def _rows(blocks: Iterator[bytes]) -> Iterator[Rows]:
    """Yield the rows of blocks, the first few one by one."""
    first = next(blocks, b"")
    head, rest = _head(first)
    if rest:
        yield head
        first = rest
    else:
        yield from _one_by_one(chain([first], blocks))
        return
    for block in chain([first], blocks):
        columns = _columns(block)
        rows = columns if columns is not None else _closed(block)
        if rows is None:
            yield from _one_by_one(chain([block], blocks))
            return
        yield rows


def _head(block: bytes) -> tuple[list[Sequence[str]], bytes]:
    """Return the first rows of a block, and the lines behind them; no lines where that cannot be told."""
    if not _has_lines(block):
        return [], b""
    lines = block.split(b"\n", HEADER_WITHIN)
    rows = _closed(b"\n".join(lines[:HEADER_WITHIN])) or []
    # What a quotation joins is one row of several lines.
    return (rows, lines[-1]) if len(rows) == HEADER_WITHIN < len(lines) else ([], b"")


def _has_lines(block: bytes) -> bool:
    """Whether lines end as they do on Windows or Unix, and hold no character that a survey cannot have."""
    return block.count(b"\r") == block.count(b"\r\n") and b"\0" not in block


def _columns(block: bytes) -> pa.RecordBatch | None:
    """Return a block as columns; None where it is not plain."""
    if not _has_lines(block):
        return None
    if not block.endswith(b"\n"):
        block += b"\n"
    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n"))
    if len(block) > _LONGEST and np.diff(ends, prepend=-1).max() > _LONGEST:
        return None
    width = len(next(csv.reader([block[: ends[0]].decode()]), []))
    text = {f"f{at}": pa.large_string() for at in range(width)}
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(block),
            pyarrow.csv.ReadOptions(use_threads=False, block_size=len(block) + 1, autogenerate_column_names=True),
            pyarrow.csv.ParseOptions(newlines_in_values=False),
            pyarrow.csv.ConvertOptions(column_types=text, check_utf8=False, strings_can_be_null=False),
        )
    except pa.ArrowInvalid:  # rows of several lengths
        return None
    # A quotation that goes over several lines makes fewer rows; one that is open at the end takes the last line end in.
    if table.num_rows != len(ends) or table.num_columns != width:
        return None
    rows = table.combine_chunks().to_batches()[0]
    return None if "\n" in rows.column(width - 1)[-1].as_py() else rows


_END = ["\0"]
"""A line behind the last: it comes out as a row of its own unless a quotation is still open."""


def _closed(block: bytes) -> list[Sequence[str]] | None:
    """Return the rows of a block; None where a quotation goes on behind it."""
    if b"\0" in block:
        return None
    rows: list[Sequence[str]] = list(csv.reader(chain(StringIO(block.decode(), newline=""), _END)))
    return rows[:-1] if rows[-1] == _END else None


def _one_by_one(blocks: Iterable[bytes]) -> Iterator[Sequence[Sequence[str]]]:
    """Yield rows as Python's reader sees them, whatever the lines are like."""
    lines = chain.from_iterable(StringIO(block.decode(), newline="") for block in blocks)
    reader = csv.reader(chain(lines, _END))
    last: Sequence[str] = []
    while rows := list(islice(reader, CHUNK)):
        last = rows[-1]
        if filled := [row for row in rows if row != _END]:
            yield filled
    if last != _END:
        raise _Unclosed
