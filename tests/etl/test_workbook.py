"""A small workbook that would fill the memory is refused by everything that reads workbooks, before it is read."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from cim.errors import BadSource
from cim.etl import workbook
from cim.etl.workbook import check_workbook, opened_workbook
from cim.etl.workbook_extent import Beyond, check_binary, check_sheet, check_tables, column_letters

FAR = "XFD1048576"
TITLES = {
    "inspect": "Sheet1", "register": "Sheet1", "pipe_survey": "JS管点表", "survey_forms": "住宅", "repairs": "building"
}  # fmt: skip
READ = """
import json, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.inspecting.inspection import inspect_file
from cim.etl.readers import find
from cim.etl.repairs import _edited_rows
from cim.manifest import SourceSpec
city = CityProfile("x", "x", "x", "EPSG:4545", "1985", -36.0)
def read(name, path):
    if name == "inspect":
        return inspect_file(path)
    if name == "repairs":
        return list(_edited_rows(path))
    options = {"theme": "facility", "x": "x", "y": "y"} if name == "register" else {}
    return list(find(name).read(SourceSpec("s", name, path, crs="EPSG:4545", options=options), city))
for path in map(Path, sys.argv[1:]):
    try:
        read(path.stem, path)
        said = "read"
    except BadSource as error:
        said = str(error)
    print(json.dumps([path.stem, said]), flush=True)
"""


def bomb(path: Path, title: str = "Sheet1") -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheets = [book.add_worksheet(title), *([book.add_worksheet("JS管线表")] if "管" in title else [])]
        for sheet in sheets:
            sheet.write_row(0, 0, ["物探点号", "x", "y"])
        sheets[0].write(FAR, 1)
    return path


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each reader says of a bomb, in a process of their own that may not have all of the memory."""
    folder = tmp_path_factory.mktemp("bombs")
    files = [str(bomb(folder / f"{name}.xlsx", title)) for name, title in TITLES.items()]
    done = subprocess.run([sys.executable, "-c", READ, *files], capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.mark.parametrize("reader", TITLES)
def test_a_cell_in_the_last_corner_is_refused_with_sheet_and_remedy(answers: dict[str, str], reader: str) -> None:
    said = answers[reader]
    assert f"{reader}.xlsx: sheet {TITLES[reader]!r} reaches to XFD1048576: 17,179,869,184 cells" in said
    assert said.endswith("delete what lies far from the table: 100,000,000 are read at most")
    assert "\n" not in said


def sheet(rows: str) -> bytes:
    start = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1"/>'
    return f"{start}<sheetData>{rows}</sheetData></worksheet>".encode()


def reaches(rows: str | bytes, check=check_sheet, piece: int = 1 << 20) -> str | None:
    """Return how far a part's cells reach where that is too far."""
    data = sheet(rows) if isinstance(rows, str) else rows
    try:
        check(lambda: (data[at : at + piece] for at in range(0, len(data), piece)))
    except Beyond as error:
        return f"{column_letters(error.columns)}{error.rows}"
    return None


FILLED = "><v>1</v></c>"
FAR_ROWS = {
    "plainly": (f'<row r="1048576"><c r="{FAR}"{FILLED}</row>', FAR),
    "in two cells": (f'<row r="1"><c r="XFD1"{FILLED}</row><row r="9999"><c r="A9999"{FILLED}</row>', "XFD9999"),
    "by a row alone": (f'<row r="4000000000"><c r="A4000000000"{FILLED}</row>', "A4000000000"),
    "in small letters": (f'<row r="9999"><c r="xfd9999"{FILLED}</row>', "XFD9999"),
    "between apostrophes": (f"<row r='9999'><c r='XFD9999'{FILLED}</row>", "XFD9999"),
    "as an entity": (f'<row r="9999"><c r="XF&#68;9999"{FILLED}</row>', "XFD9999"),
    "after another attribute": (f'<row r="9999"><c t=">" r="XFD9999"{FILLED}</row>', "XFD9999"),
    "by counting": (f'<row r="9999">{"<c/>" * 16383}<c{FILLED}</row>', "XFD9999"),
    "with a prefix": ('<x:row xmlns:x="x" r="9999"><x:c r="XFD9999"><x:v>1</x:v></x:c></x:row>', "XFD9999"),
    "empty": (f'<row r="1048576"><c r="{FAR}" s="1"/></row>', None),
    "wide and short": (f'<row r="6103"><c r="XFD6103"{FILLED}</row>', None),
    "long and narrow": (f'<row r="1048576"><c r="CQ1048576"{FILLED}</row>', None),
}  # fmt: skip


@pytest.mark.parametrize("name", FAR_ROWS)
def test_how_far_a_sheet_reaches_however_it_is_written_and_cut(name: str) -> None:
    rows, far = FAR_ROWS[name]
    assert reaches(rows) == far
    rows = f'<row r="1"><c r="A1"{FILLED}</row>' * 3 + rows
    assert {reaches(rows, piece=piece) for piece in (*range(1, 40), 97)} == {far}


def table(rows: str) -> bytes:
    return f'<o:c xmlns:o="o" xmlns:t="t"><t:table t:name="表">{rows}</t:table></o:c>'.encode()


def test_how_far_a_table_of_ods_reaches() -> None:
    empty = (
        '<t:table-row t:number-rows-repeated="1048575"><t:table-cell t:number-columns-repeated="16384"/></t:table-row>'
    )
    filled = '<t:table-row><t:table-cell o:value-type="float" t:number-columns-repeated="{}"/></t:table-row>'
    assert reaches(table(empty), check_tables) is None
    assert reaches(table(filled.format(3) + empty), check_tables) is None
    assert reaches(table(empty + filled.format(16384)), check_tables) == FAR
    assert reaches(table(f'{empty}<t:table-row><t:table-cell t:number-columns-repeated="500"/><t:table-cell>'
                         "<p>1</p></t:table-cell></t:table-row>"), check_tables) == "SG1048576"  # fmt: skip


def record(kind: int, number: int) -> bytes:
    return bytes([kind, 8]) + number.to_bytes(4, "little") + bytes(4)


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_how_far_a_sheet_of_xlsb_reaches(piece: int) -> None:
    # 0x94 0x01 is record 148, the sheet's dimension, which may lie.
    start = b"\x94\x01\x10" + bytes(16) + record(0, 0) + record(5, 0)
    assert reaches(start + record(0, 1_048_575) + record(5, 16_383), check_binary, piece) == FAR
    assert reaches(start + record(0, 1_048_575) + record(1, 16_383), check_binary, piece) is None


def test_a_wide_honest_sheet_is_read_as_another_reader_reads_it(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "wide.xlsx") as book:
        page = book.add_worksheet("宽")
        for row in range(3):
            page.write_row(row, 0, range(200))
    with opened_workbook(tmp_path / "wide.xlsx") as book:
        rows = book.get_sheet_by_name("宽").to_python()
    assert rows == [list(row) for row in openpyxl.load_workbook(tmp_path / "wide.xlsx")["宽"].values]


def test_an_archive_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "grown.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", bytes(5 << 20))
    monkeypatch.setattr(workbook, "UNPACKED_LIMIT", 1 << 20)
    with pytest.raises(BadSource, match="unpacks to 5 MB: split it: at most 1 MB are read"):
        check_workbook(path)
    whole = path.read_bytes()
    lying = whole.replace((5 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert zipfile.ZipFile(io.BytesIO(lying)).infolist()[0].file_size == 100
    path.with_name("lying.xlsx").write_bytes(lying)
    with pytest.raises(BadSource, match="unpacks to 2 MB"):
        check_workbook(path.with_name("lying.xlsx"))


def test_a_sheet_in_an_encoding_that_there_is_not_is_refused_in_one_line(tmp_path: Path) -> None:
    honest, damaged = tmp_path / "honest.xlsx", tmp_path / "damaged.xlsx"
    with xlsxwriter.Workbook(honest) as book:
        book.add_worksheet().write(0, 0, "key")
    with zipfile.ZipFile(honest) as source, zipfile.ZipFile(damaged, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            # A cell that does not say where it is: only such a sheet is parsed.
            damage = content.replace(b"UTF-8", b"U").replace(b'<c r="A1"', b"<c")
            target.writestr(part, damage if "worksheets" in part else content)
    with pytest.raises(BadSource, match=r"damaged\.xlsx: cannot be read as a workbook \(unknown encoding: U\)"):
        check_workbook(damaged)
