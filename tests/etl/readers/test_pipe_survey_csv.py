"""CSV in blocks of columns: the same rows as Python's reader sees, whatever stands in the file."""

from __future__ import annotations

import csv
import random
from io import StringIO

import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.readers import pipe_survey_csv
from cim.etl.readers.pipe_survey import READER
from cim.etl.readers.pipe_survey_cells import cells_of
from cim.etl.readers.pipe_survey_csv import HEADER_WITHIN, csv_rows
from cim.manifest import SourceSpec

GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
CITY = CityProfile("cq", "测试城", "Test city", GRID, "1985", -36.0)
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


def test_a_survey_is_the_same_however_it_is_cut_into_blocks(tmp_path, monkeypatch):
    draw = random.Random(5)
    points = [[f"JS{at}", 3_271_000 + at, draw.choice((500_000.5, "abc")), 200, "直线点"] for at in range(80)]
    lines = [
        [f"JS{at}", f"JS{draw.choice((at + 1, 999))}", draw.choice((1.2, "深", "")), draw.choice((300, "大")), "古怪"]
        for at in range(79)
    ]
    titles = (["物探点号", "X", "Y", "地面高程", "特征"], ["起点点号", "终点点号", "起点埋深", "管径", "材质"])
    for name, header, rows in (("JS管点表", titles[0], points), ("JS管线表", titles[1], lines)):
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    source = SourceSpec("s", "pipe_survey", tmp_path, GRID)
    whole = list(READER.read(source, CITY))
    monkeypatch.setattr(pipe_survey_csv, "_BLOCK_BYTES", 300)
    cut = list(READER.read(source, CITY))
    assert sum(len(batch.rejects) for batch in whole) > 100
    for one, other in zip(whole, cut, strict=True):
        assert_frame_equal(one.frame, other.frame)
        assert one.rejects == other.rejects
