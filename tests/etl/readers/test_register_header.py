"""Registers as offices keep them: a title, a line of units and a header of two lines stand above the records."""

from __future__ import annotations

import pandas as pd
import pytest
import xlsxwriter

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl import table_file
from cim.etl.checking import check_manifest
from cim.etl.inspecting.inspection import inspect_file
from cim.etl.readers.register import READER
from cim.etl.table_header import Titles, header_of
from cim.manifest import SourceSpec, read_manifest

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
TITLE, UNITS = "某市供水客户登记表", "填表单位：供水公司"
HEAD = ["管网类型", "户号", "户名", "地址", "户数", "备注"]
RECORDS = [["给水", "100", "张三", "江边路1号", 3, "好"], ["给水", "101", "李四", "江边路2号", "三", None]]
CUSTOMERS = {"theme": "customer"}
MANIFEST = """
[city]
slug = "headed"
name_zh = "表头"
name_en = "Headed"
crs = "EPSG:4545"
vertical_datum = "1985"
ellipsoid_offset_m = 0.0
[[source]]
name = "customers"
kind = "register"
path = "{}"
options = {{ theme = "customer" }}
"""


def batches(path, **options):
    return list(READER.read(SourceSpec("register", "register", path, options=options), CITY))


@pytest.fixture
def written(tmp_path):
    """Write rows as a workbook or as CSV, and return the file."""

    def write(rows, ending, encoding="utf-8-sig", name="customers"):
        path = tmp_path / f"{name}.{ending}"
        if ending == "csv":
            width = max(map(len, rows))
            padded = [[*row, *[None] * (width - len(row))] for row in rows]
            text = "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in padded)
            path.write_text(text, encoding=encoding)
            return path
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("登记表")
            for number, row in enumerate(rows):
                if len(row) == 1:
                    sheet.merge_range(number, 0, number, len(HEAD) - 1, row[0])
                else:
                    sheet.write_row(number, 0, row)
        return path

    return write


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_title_and_a_line_above_the_header(written, ending):
    path = written([[TITLE], [UNITS], HEAD, *RECORDS], ending)
    (batch,) = batches(path, **CUSTOMERS)
    assert batch.frame.index.tolist() == [4, 5]
    assert batch.frame["account_no"].tolist() == ["100", "101"]
    assert batch.frame["network"].tolist() == ["water"] * 2
    assert batch.frame["备注"].iloc[0] == "好"
    (told,) = batch.rejects
    assert (told.code, told.severity, told.record) == ("table.title", "warning", "1")
    assert f"'{TITLE}; {UNITS}'" in told.reason
    assert "row 3" in told.reason


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_checks_and_inspection_see_the_same_rows(written, tmp_path, ending):
    path = written([[TITLE], [], HEAD, *RECORDS], ending)
    (tmp_path / "city.toml").write_text(MANIFEST.format(path.name), encoding="utf-8")
    manifest = read_manifest(tmp_path / "city.toml")
    (checked,) = check_manifest(manifest)
    assert (checked.failure, checked.records) == (None, 2)
    (refused,) = [
        item for item in checked.rejects if item.code == "value.not_whole" or item.code == "value.not_a_number"
    ]
    assert refused.record == "5"
    found = inspect_file(path)
    assert [layer.count for layer in found.found.layers] == [checked.records]
    assert found.found.sources[0]["theme"] == "customer"
    assert found.found.facts["header"].endswith(f"row 3, below '{TITLE}'")
    assert {attribute.name for attribute in found.found.layers[0].attributes} == set(HEAD)
    assert not [problem for problem in found.problems if "more cells" in problem]


def test_a_header_in_the_first_row_is_not_remarked_on(written):
    (batch,) = batches(written([HEAD, *RECORDS], "csv"), **CUSTOMERS)
    assert (batch.rejects, batch.frame.index.tolist()) == ([], [2, 3])


def test_a_header_of_two_lines(written):
    rows = [
        ["排水管道检测成果表"],
        ["管段编号", "检测日期", "缺陷", "", "环向位置", "", "说明"],
        ["", "", "代码", "等级", "起", "止", ""],
        ["WS1-WS2", "2024-05-06", "PL", "3", "2", "10", "裂"],
        ["WS2-WS3", "2024-05-06", "CJ", "1", "5", "7", ""],
    ]
    (batch,) = batches(written(rows, "csv"), theme="pipe_inspection")
    assert batch.frame.index.tolist() == [4, 5]
    first = batch.frame.iloc[0]
    assert first[["segment_key", "defect_code", "grade"]].tolist() == ["WS1-WS2", "PL", "3"]
    assert first[["clock_from", "clock_to", "说明"]].tolist() == ["2", "10", "裂"]
    above, lines = batch.rejects
    assert (above.code, lines.code, lines.severity, lines.record) == ("table.title", "table.title", "warning", "2")
    assert lines.reason.startswith("rows 2 and 3 are read as one header of two lines: '管段编号 检测日期 缺陷")
    assert "'代码 等级 起 止'" in lines.reason


def test_titles_that_only_the_options_know(written):
    rows = [[TITLE], ["片区", "单位：个"], ["编号 ", "片名", "户 数"], ["a", "东", "3"]]
    path = written(rows, "csv")
    options = {"theme": "statistic", "columns": {"key": "编号"}, "values": {"year": 2024}}
    (batch,) = batches(path, **options)
    assert batch.frame[["source_key", "片名"]].iloc[0].tolist() == ["a", "东"]
    assert batch.frame.index.tolist() == [4]


def test_names_are_known_with_blanks_between_their_signs(written):
    (batch,) = batches(written([["户　号", "管 网\n类型", "户 名"], ["7", "给水", "王五"]], "xlsx"), **CUSTOMERS)
    assert batch.frame[["account_no", "network", "name"]].iloc[0].tolist() == ["7", "water", "王五"]


def test_a_table_without_a_known_name_is_refused_with_what_was_found(written):
    for ending in ("csv", "xlsx"):
        path = written([[TITLE], ["甲", "乙", "丙"], ["1", "2", "3"]], ending)
        with pytest.raises(BadSource) as refused:
            batches(path, **CUSTOMERS)
        said = str(refused.value)
        assert f"names no known column in its first 10 rows (row 1: {TITLE}; row 2: 甲, 乙, 丙; row 3: 1, 2, 3)" in said
        assert "name the columns with columns" in said
    # What the options name is known.
    (batch,) = batches(written([[TITLE], ["甲", "乙"], ["1", "2"]], "csv"), **CUSTOMERS, columns={"name": "乙"})
    assert batch.frame["name"].tolist() == ["2"]


def test_a_header_below_the_tenth_row_is_none(written):
    with pytest.raises(BadSource, match="names no known column in its first 10 rows"):
        batches(written([[TITLE]] * 10 + [HEAD, *RECORDS], "csv"), **CUSTOMERS)
    (batch,) = batches(written([[TITLE]] * 9 + [HEAD, *RECORDS], "csv"), **CUSTOMERS)
    assert batch.frame.index.tolist() == [11, 12]


def test_an_empty_table_and_one_of_a_header_alone(written, tmp_path):
    (batch,) = batches(written([[TITLE], HEAD], "csv"), **CUSTOMERS)
    assert len(batch.frame) == 0
    (tmp_path / "customer.csv").write_text("\n\n", encoding="utf-8")
    with pytest.raises(BadSource, match="is empty"):
        batches(tmp_path / "customer.csv")


def test_a_title_of_two_lines_in_one_cell_and_a_title_with_other_delimiters(tmp_path):
    path = tmp_path / "customer.csv"
    path.write_text('"某市, 某区\n登记表；2024年"\n户号;户名\n7;王五\n', encoding="gb18030")
    (batch,) = batches(path)
    assert batch.frame[["account_no", "name"]].iloc[0].tolist() == ["7", "王五"]
    assert batch.frame.index.tolist() == [3]


def test_an_outline_longer_than_a_cell_of_the_library_may_be(tmp_path):
    path = tmp_path / "planning_parcel.csv"
    ring = ",".join(f"{number} {number % 2}" for number in range(20_000))
    path.write_text(f'地块图斑\nkey,use_code,wkt\na,0701,"POLYGON (({ring}, 0 9, 0 0))"\n', encoding="utf-8")
    (batch,) = READER.read(SourceSpec("r", "register", path, crs="EPSG:4545"), CITY)
    assert batch.frame["source_key"].tolist() == ["a"]
    assert len(batch.frame["geom"].iloc[0].exterior.coords) == 20_002


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_columns_of_one_name_and_of_none_are_all_kept(written, ending):
    (batch,) = batches(written([["户号", "备注", "", "备注"], ["7", "a", "b", "c"]], ending), **CUSTOMERS)
    assert batch.frame[["备注", "Unnamed: 2", "备注.1"]].iloc[0].tolist() == ["a", "b", "c"]


def test_a_longer_row_is_told_with_its_line(written, tmp_path):
    path = tmp_path / "customer.csv"
    path.write_text(f"{TITLE}\n户号,户名\n7,王五\n8,赵六,多\n", encoding="utf-8")
    with pytest.raises(BadSource, match="line 4 has 3 cells where the header has 2"):
        batches(path)


def test_a_record_is_no_second_line_of_a_header():
    rows = [["key", "kind", "name"], ["a", "name", ""], ["b", "", ""]]
    header = header_of(rows, Titles({"key", "kind", "name"}.__contains__))
    assert (header.titles, header.rows, header.known) == (("key", "kind", "name"), 1, 3)


def test_a_first_record_that_says_names_is_no_second_line(written):
    (batch,) = batches(written([["户号", "说明", "备考"], ["", "用途", "地址"], ["7", "x", "y"]], "csv"), **CUSTOMERS)
    assert batch.frame.index.tolist() == [2, 3]
    assert batch.frame[["说明", "备考"]].iloc[0].tolist() == ["用途", "地址"]
    assert batch.rejects == []


def test_inspection_tells_of_a_header_of_two_lines(written):
    rows = [["管段编号", "检测日期", "缺陷", ""], ["", "", "代码", "等级"], ["WS1-WS2", "2024-05-06", "PL", "3"]]
    found = inspect_file(written(rows, "csv", name="pipe_inspection"))
    assert found.found.facts["header"] == "pipe_inspection rows 1 and 2"


def test_flags_are_no_names(written):
    rows = [["key", "name", "有电梯", "有物业", "有门禁"], ["A1", "甲楼", *"YYY"], ["A2", "乙楼", *"NNN"]]
    for flags in ("YYY", "yzx", "XYZ"):
        rows[1][2:] = flags
        (batch,) = batches(written(rows, "csv"), theme="building")
        assert batch.frame["source_key"].tolist() == ["A1", "A2"]
        assert batch.rejects == []


def test_letters_are_names_of_places_together_or_where_options_name_them(tmp_path):
    path = tmp_path / "facility.csv"
    for head, options in (("key,X,Y", {"x": "X", "y": "Y"}), ("编号,x,y", {})):
        path.write_text(f"设施\n{head}\na,1,2\n", encoding="utf-8")
        spec = SourceSpec("r", "register", path, crs="EPSG:4545", options={"theme": "facility", **options})
        (batch,) = READER.read(spec, CITY)
        assert batch.frame["geom"].iloc[0].x == 1
    (tmp_path / "customer.csv").write_text("a,y,Y\nb,n,n\n", encoding="utf-8")
    with pytest.raises(BadSource, match="names no known column"):
        batches(tmp_path / "customer.csv")


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_records_above_a_row_with_a_known_word_are_not_thrown_away(written, ending):
    rows = [[f"A{number}", sign, "平房", "x"] for number, sign in enumerate("甲乙丙丁", 1)]
    rows[2][3] = "name"
    path = written(rows, ending, name="building")
    with pytest.raises(BadSource) as refused:
        batches(path, theme="building")
    said = str(refused.value)
    assert "row 3 names columns, but row 1 above it is as full as a record (row 1: A1, 甲, 平房, x; row 2" in said
    assert "give the table one row of names above its records" in said
    assert any("row 1 above it is as full" in problem for problem in inspect_file(path).problems)
    # Below a title the first record is as little a header.
    rows = [[TITLE], [*rows[2]], [*rows[0]]]
    with pytest.raises(BadSource, match="row 2 has one known name among 4 cells"):
        batches(written(rows, ending, name="building"), theme="building")


def test_a_header_below_a_title_may_have_one_name_that_options_tell(written):
    rows = [[TITLE], ["楼号", "有电梯", "有物业", "有门禁"], ["A1", *"YYY"]]
    (batch,) = batches(written(rows, "csv"), theme="building", columns={"key": "楼号"})
    assert batch.frame["source_key"].tolist() == ["A1"]
    # Where nothing stands above it, nothing is lost by it.
    rows = [["key", "有电梯", "有物业", "有门禁"], ["A1", *"YYY"]]
    (batch,) = batches(written(rows, "csv"), theme="building")
    assert batch.frame.index.tolist() == [2]


def test_a_line_of_labels_may_be_as_full_as_a_record(written):
    labels = ["填表单位：供水公司", "填表日期：2024-05-06", "单位：户", "第 1 页"]
    (batch,) = batches(written([[TITLE], labels, HEAD, *RECORDS], "csv"), **CUSTOMERS)
    assert batch.frame["account_no"].tolist() == ["100", "101"]
    with pytest.raises(BadSource, match="row 2 above it is as full as a record"):
        batches(written([[TITLE], ["甲", "乙", "丙", "丁"], HEAD, *RECORDS], "csv"), **CUSTOMERS)


@pytest.mark.parametrize("before", [0, 2])
def test_empty_cells_beyond_the_header_are_let_through(tmp_path, monkeypatch, before):
    monkeypatch.setattr(table_file, "_BATCH", 2)
    path = tmp_path / "customer.csv"
    lines = [*["1,甲,a"] * before, '7,"王\n五",b,,,', "8,赵", "9,钱,c, ,"]
    path.write_text("户号,户名,备考\n" + "\n".join(lines) + "\n", encoding="utf-8")
    frame = pd.concat([batch.frame for batch in batches(path)])
    assert frame.index.tolist() == list(range(2, 5 + before))
    assert frame["account_no"].tolist()[before:] == ["7", "8", "9"]
    assert frame["备考"].tolist()[before::2] == ["b", "c"]
    assert not [problem for problem in inspect_file(path).problems if "more cells" in problem]


def test_something_in_a_cell_beyond_the_header_is_refused_with_what_helps(tmp_path):
    path = tmp_path / "customer.csv"
    for line in ("7,王五,,多", "8,赵六\n7,王五,,多"):
        path.write_text(f"户号,户名\n{line}\n", encoding="utf-8")
        with pytest.raises(BadSource, match=r"has 4 cells where the header has 2: '多' stands in no column") as refused:
            batches(path)
        assert "name a column for it in the header, or quote the cell" in str(refused.value)


def test_an_outline_longer_than_the_library_reads_may_stand_before_empty_cells(tmp_path):
    path = tmp_path / "planning_parcel.csv"
    ring = ",".join(f"{number} {number % 2}" for number in range(20_000))
    path.write_text(f'key,use_code,wkt\na,0701,"POLYGON (({ring}, 0 9, 0 0))",,\n', encoding="utf-8")
    (batch,) = READER.read(SourceSpec("r", "register", path, crs="EPSG:4545"), CITY)
    assert batch.frame["source_key"].tolist() == ["a"]
