"""CSV in blocks of columns: the same rows as Python's reader sees, whatever stands in the file."""

from __future__ import annotations

import csv
import random
from io import StringIO

import pyarrow as pa
import pytest

from cim.errors import BadSource
from cim.etl.readers import pipe_survey_csv
from cim.etl.readers.pipe_survey_cells import cells_of
from cim.etl.readers.pipe_survey_csv import HEADER_WITHIN, csv_rows

CELLS = ("", "", "A1", "12.5", "直线点", " spaced ", 'in"ch', '12"', "a,b", "two\nlines", "cr\r\nlf", '"', "x\u2028y")
HEADER = b"a,b,c\n" * HEADER_WITHIN


@pytest.fixture
def rows_of(tmp_path, monkeypatch):
    """Write a file's bytes and read it in small blocks; return its rows, and how many blocks came as columns."""
    monkeypatch.setattr(pipe_survey_csv, "_BLOCK_BYTES", 200)

    def read(content):
        path = tmp_path / "table.csv"
        path.write_bytes(content)
        rows, plain = [], 0
        for chunk in csv_rows(path):
            if isinstance(chunk, pa.RecordBatch):
                plain += 1
                chunk = list(zip(*(column.to_pylist() for column in chunk.columns), strict=True))
            rows += [list(row) for row in chunk]
        return rows, plain

    return read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_rows_are_those_of_pythons_reader(rows_of, encoding, end):
    for seed in range(40):
        draw = random.Random(seed)
        # A file with one odd thing in it among others that are plain.
        some = draw.sample(CELLS, 3)
        text = StringIO(newline="")
        writer = csv.writer(text, lineterminator=end, quoting=draw.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
        for _ in range(60):
            writer.writerow([draw.choice(some) for _ in range(draw.choice((3, 3, 3, 3, 3, 2, 4)) if seed % 2 else 3)])
        said = text.getvalue() + ('unquoted 12",a"b,"c"d' if seed % 3 == 0 else "") + draw.choice(("", end))
        rows, _ = rows_of(said.encode(encoding))
        assert rows == list(csv.reader(StringIO(said, newline="")))


def test_plain_blocks_come_as_columns(rows_of):
    rows, plain = rows_of(HEADER + b"JS1,12.5,x\n" * 100)
    assert len(rows) == 110
    assert plain > 4


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (b"\n", []),
        (b"a,b\n", ["a", "b"]),
        (b'"a\nb",c,d\n', ["a\nb", "c", "d"]),
        (b"a\rb,c,d\n", ["a"]),
        (b"\xff\xfe,b,c\n", None),
    ],
)
def test_what_is_not_plain_comes_row_by_row(rows_of, line, row):
    content = HEADER + b"JS1,12.5,x\n" * 30 + line + b"JS2,12.5,x\n" * 30
    if row is None:
        with pytest.raises(BadSource, match="neither UTF-8 nor GB 18030"):
            rows_of(content)
        return
    assert rows_of(content)[0][HEADER_WITHIN + 30] == row


def test_a_quotation_left_open_is_refused_wherever_it_opens(rows_of):
    for at in range(60):
        lines = [b"JS1,12.5,x\n"] * 60
        lines[at] = b'JS1,12.5,"x\n'
        with pytest.raises(BadSource, match="not closed"):
            rows_of(HEADER + b"".join(lines))
    with pytest.raises(BadSource, match="not closed"):  # two marks that are none, and one that is
        rows_of(HEADER + b"JS1,12.5,x\n" * 60 + b'12",13","x\n')


def test_a_field_that_is_too_long_is_refused(rows_of):
    with pytest.raises(BadSource, match="field larger than field limit"):
        rows_of(HEADER + b"a,b," + b"x" * 140_000 + b"\n")


def test_cells_are_cut_and_filled_to_the_header(rows_of):
    columns = pa.RecordBatch.from_pydict({"f0": pa.array(["a", "", "c"], pa.large_string()), "f1": ["b", "", ""]})
    cells = cells_of(columns, 3)
    assert cells.rows.tolist() == [0, 2]
    assert [list(column.to_pylist()) for column in cells.columns] == [["a", "c"], ["b", ""], ["", ""]]
    rows = cells_of([["a", "b", "", "x"], [], ["", None], ["c"]], 3)
    assert rows.rows.tolist() == [0, 3]
    assert [list(column) for column in rows.columns] == [["a", "c"], ["b", ""], ["", ""]]
