"""The report of the sample city as other readers read it: pdfium, python-docx, openpyxl, GDAL, lxml."""

from __future__ import annotations

import io

import docx
import openpyxl
import pyogrio
import pypdfium2
import pytest
from docx.oxml.ns import qn
from lxml import html as lxml_html

from cim.analytics.examination.report.blocks import Figures, Heading, Table, flat
from cim.analytics.examination.report.words import LANGUAGES
from cim.sheets import Text


@pytest.fixture(scope="module")
def pages(files) -> list[str]:
    """Text of each page of the PDF."""
    document = pypdfium2.PdfDocument(files["pdf"])
    return [page.get_textpage().get_text_range() for page in document]


def test_the_systems_year_and_that_data_are_made_up_stand_on_every_page(pages) -> None:
    assert len(pages) > 20
    assert [n for n, page in enumerate(pages, 1) if "指标体系年份 2024 · 合成数据" not in page] == []


def test_the_contents_tell_the_page_of_each_chapter(pages, files, writing) -> None:
    document = pypdfium2.PdfDocument(files["pdf"])
    found = {(mark.level, mark.get_title()): mark.get_dest().get_index() for mark in document.get_toc()}
    told = pages[1].split()
    headings = [block for block in flat(writing.told) if isinstance(block, Heading)]
    assert len(headings) == len(found) > 80
    for block in headings:
        title = f"{block.number}\u2002{block.text.zh}" if block.number else block.text.zh
        page = found[block.depth - 1, title]
        assert block.text.zh[:8] in pages[page]
        assert block.depth == 3 or str(page + 1) in told


def test_every_indicator_is_told_in_each_file(report, pages, files) -> None:
    text, tree = "".join(pages), lxml_html.fromstring(files["html"].decode())
    headings = {p.text for p in docx.Document(io.BytesIO(files["docx"])).paragraphs if p.style.name == "Heading 3"}
    for code, one in report.indicators.items():
        assert tree.get_element_by_id(code) is not None
        assert any(heading.startswith(f"{code} {one.title.zh}") for heading in headings)
        assert code in text


def test_the_workbook_has_every_number(report, files) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    values = [row for row in book["数值 values"].iter_rows(min_row=2, values_only=True)]
    assert len(values) == len(report.table)
    assert len(list(book["台账 ledger"].iter_rows(min_row=2))) == len(report.problems)
    assert "上报表1 指标汇总" in book.sheetnames


def test_candidates_are_no_verdict_in_any_file(report, pages, files, client) -> None:
    """H07 of the city: registers suggest, hardly anybody looked. A value, no grade, and why, in each file."""
    whole = report.indicators["H07"].whole
    assert whole["value"] > 0
    assert "prescreened" in whole["reason"].split(";")
    said = ("无法评价", "多数经现场核查后方可评级（待核查）")
    chapter = next(page for page in pages if "H07" in page and said[1] in "".join(page.split()))
    assert said[0] in chapter
    assert any("由登记数据预筛得出候选，待现场核查后评级" in "".join(page.split()) for page in pages[:6])
    facts = lxml_html.fromstring(files["html"].decode()).get_element_by_id("H07").getparent().text_content()
    assert all(words in facts for words in (*said, "candidates, not verdicts"))
    written = docx.Document(io.BytesIO(files["docx"]))
    cells = {cell.text for table in written.tables for row in table.rows for cell in row.cells}
    assert any(said[1] in cell for cell in cells)
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    head, *rows = book["数值 values"].iter_rows(values_only=True)
    told = [dict(zip(head, row, strict=True)) for row in rows]
    pre = [row for row in told if row["说明 reason"] and said[1] in row["说明 reason"]]
    assert {row["编码 code"] for row in pre} >= {"H07", "D55"}
    assert {row["评级 grade"] for row in pre} == {said[0]}
    (unit,) = client.get("/api/examination/H07?level=city").get_json()["units"]
    assert (unit["grade"], "prescreened" in unit["reason"]) == ("not_assessable", True)


def test_gdal_reads_the_results(report, files, tmp_path) -> None:
    path = tmp_path / "results.gpkg"
    path.write_bytes(files["gpkg"])
    layers = {name: kind for name, kind in pyogrio.list_layers(path)}
    assert layers["community"] == "MultiPolygon"
    assert layers["indicators"] is None
    communities = pyogrio.read_dataframe(path, layer="community")
    of_city = report.indicators["D37"].at("community")
    assert sorted(communities["D37_value"]) == pytest.approx(sorted(of_city["value"]))


def test_each_figure_is_drawn_once_and_shown_in_each_file(writing, files) -> None:
    figures = [figure for block in flat(writing.told) if isinstance(block, Figures) for figure in block.figures]
    assert [figure.number for figure in figures] == list(range(1, len(figures) + 1))
    assert files["html"].count(b"<svg ") == 2 * len(figures)
    assert len(docx.Document(io.BytesIO(files["docx"])).inline_shapes) == len(figures)


def test_word_can_update_contents_and_numbers_of_figures_and_tables(writing, files) -> None:
    body = docx.Document(io.BytesIO(files["docx"])).element.body
    fields = [field.text.strip() for field in body.iter(qn("w:instrText"))]
    assert sum(field.startswith('TOC \\o "1-2"') for field in fields) == 1
    blocks = list(flat(writing.told))
    figures = sum(len(block.figures) for block in blocks if isinstance(block, Figures))
    tables = sum(isinstance(block, Table) for block in blocks)
    assert sum(field.startswith("SEQ 图") for field in fields) == figures
    assert sum(field.startswith("SEQ 表") for field in fields) == tables > 10
    marks = {mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))}
    links = {link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink"))}
    assert len(links) > 5
    assert links <= marks, "an entry of the contents leads nowhere"


def test_figures_of_the_page_tell_the_numbers_that_are_drawn(writing, files) -> None:
    figures = [figure for block in flat(writing.told) if isinstance(block, Figures) for figure in block.figures]
    drawings = lxml_html.fromstring(files["html"].decode()).iter("svg")
    for figure in figures:
        for language in LANGUAGES:
            marks = [mark.text for mark in figure.draw(language).marks if isinstance(mark, Text)]
            drawing = next(drawings)
            assert [text.text_content() for text in drawing.iter("text")] == marks
            assert all(float(line.get("stroke-width", "1")) > 0 for line in drawing.iter())
