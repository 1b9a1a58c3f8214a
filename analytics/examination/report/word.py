"""The report as a Word document that people edit: real styles, numbered headings, captions and contents as fields."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import docx
from docx.document import Document
from docx.shared import Mm
from docx.text.paragraph import Paragraph as Written

from cim.analytics.examination.register import Words
from cim.analytics.examination.report.blocks import (
    Block,
    Cell,
    Facts,
    Figure,
    Figures,
    Heading,
    NewPage,
    Paragraph,
    Table,
    Tiles,
    flat,
)
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.titles import city_name, headline
from cim.analytics.examination.report.word_parts import (
    TableCell,
    bookmark_name,
    bookmarked,
    field_begins,
    field_ends,
    linked,
    table,
    updated_on_opening,
)
from cim.analytics.examination.report.word_parts import field as add_field
from cim.analytics.examination.report.word_styles import KINDS, WIDTH_MM, styled
from cim.analytics.examination.report.words import MADE_UP, PALE, both, said
from cim.sheets.pdf import pngs

_DPI, _SHADES = 180.0, 96
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)


def word(report: Report, told: Sequence[Block], language: str) -> bytes:
    """Return the report as a DOCX in a language, zh or en.

    Parameters
    ----------
    report
        What it tells.
    told
        Its blocks, numbered.
    language
        zh or en.
    """
    document = docx.Document()
    styled(document)
    updated_on_opening(document)
    _properties(document, report, language)
    _edges(document, report, language)
    figures = [figure for block in flat(told) if isinstance(block, Figures) for figure in block.figures]
    writer = _Writer(document, language, pngs([figure.draw(language) for figure in figures], _DPI, _SHADES))
    writer.cover(report)
    writer.contents(told)
    for block in flat(told):
        writer.add(block)
    held = io.BytesIO()
    document.save(held)
    return _same_each_time(held.getvalue())


def _pale(grade: str | None) -> str:
    """Return the ground of a grade as Word writes colours."""
    return PALE[grade].removeprefix("#") if grade else ""


def _same_each_time(packed: bytes) -> bytes:
    """Return a ZIP whose entries have one day: python-docx stamps them with the time of day."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as read, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as write:
        for name in read.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_DAY)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            write.writestr(entry, read.read(name))
    return held.getvalue()


def _properties(document: Document, report: Report, language: str) -> None:
    about = document.core_properties
    day = dt.datetime.combine(report.made_on, dt.time())
    about.created = about.modified = day
    about.author = about.last_modified_by = "cim"
    about.title = f"{said(headline(report), language)} · {said(city_name(report), language)}"
    about.subject = said(report.stamp, language)
    about.language = "zh-CN" if language == "zh" else "en"
    about.comments = ""
    about.revision = 1


def _edges(document: Document, report: Report, language: str) -> None:
    """Write head and foot of every page, the cover's foot too."""
    section = document.sections[0]
    section.header.paragraphs[0].text = f"{said(city_name(report), language)}\t{said(headline(report), language)}"
    for foot in (section.footer, section.first_page_footer):
        line = foot.paragraphs[0]
        line.text = f"{said(report.stamp, language)}\t"
        line.style = document.styles["Footer"]
        add_field(line, "PAGE", "1")


@dataclass
class _Writer:
    """Adds blocks to a document."""

    document: Document
    language: str
    pictures: Iterator[bytes]
    marks: int = field(default=0)

    def said(self, words: Words) -> str:
        """Return a text in the language."""
        return said(words, self.language)

    def cover(self, report: Report) -> None:
        """Write the first page."""
        add, language = self.document.add_paragraph, self.language
        add(said(city_name(report), language), "Subtitle").paragraph_format.space_before = Mm(60)
        add(said(headline(report), language), "Title")
        add(said(report.system, language), "Subtitle")
        add(said(report.stamp, language), "Subtitle")
        add(report.made_on.isoformat(), "Subtitle")
        if report.synthetic:
            add(self.said(MADE_UP), "Report Synthetic")

    def contents(self, told: Sequence[Block]) -> None:
        """Write the contents as a field, filled with the headings until it is updated."""
        self.document.add_paragraph(self.said(both("目录", "Contents")), "Contents Heading")
        headings = [block for block in flat(told) if isinstance(block, Heading) and block.depth < 3]
        for place, heading in enumerate(headings):
            line = self.document.add_paragraph(style=f"toc {heading.depth}")
            if place == 0:
                field_begins(line, 'TOC \\o "1-2" \\h \\z \\u')
            text = f"{heading.number} {self.said(heading.text)}"
            line._p.append(docx.oxml.parse_xml(_wrapped(linked(text, bookmark_name(heading.anchor)))))
            if place == len(headings) - 1:
                field_ends(line)

    def add(self, block: Block) -> None:
        """Write a block."""
        match block:
            case Heading():
                line = self.document.add_paragraph(self.said(block.text), f"Heading {block.depth}")
                self.marks += 1
                bookmarked(line, bookmark_name(block.anchor), self.marks)
            case Paragraph():
                self.document.add_paragraph(self.said(block.text), KINDS[block.kind])
            case Table():
                self._caption("表", "Table", block.number, block.caption).paragraph_format.keep_with_next = True
                self._table(block)
            case Facts():
                self._append(table([self._fact(*row) for row in block.rows], (26, WIDTH_MM - 26), head=False))
            case Figures():
                self._figures(block)
            case Tiles():
                self._tiles(block)
            case NewPage():
                self.document.add_paragraph().paragraph_format.page_break_before = True

    def _append(self, element: object) -> None:
        """Add a table before the last section's properties, and a thin line of air after it."""
        body = self.document.element.body
        body.insert(len(body) - 1, element)
        air = self.document.add_paragraph(style="Report Note")
        air.paragraph_format.line_spacing = 0.6

    def _caption(self, zh: str, en: str, number: int, words: Words) -> Written:
        label = zh if self.language == "zh" else en
        line = self.document.add_paragraph(f"{label} ", "Caption")
        add_field(line, f"SEQ {label} \\* ARABIC", str(number))
        line.add_run(f"  {self.said(words)}")
        return line

    def _table(self, block: Table) -> None:
        total = sum(column.width for column in block.columns)
        widths = [column.width / total * WIDTH_MM for column in block.columns]
        head = [TableCell(self.said(column.title), "TableHead") for column in block.columns]
        rows = [
            [
                self._cell(cell, "TableNumber" if column.number else "TableText")
                for cell, column in zip(row, block.columns, strict=True)
            ]
            for row in block.rows
        ]
        self._append(table([head, *rows], widths, head=True))

    def _cell(self, cell: Cell, style: str = "TableText") -> TableCell:
        anchor = bookmark_name(cell.anchor) if cell.anchor else ""
        return TableCell(self.said(cell.text), style, _pale(cell.grade), anchor)

    def _fact(self, name: Words, cell: Cell) -> list[TableCell]:
        return [TableCell(self.said(name), "TableHead"), self._cell(cell)]

    def _tiles(self, block: Tiles) -> None:
        wide = WIDTH_MM / len(block.tiles)
        numbers = [TableCell(number, "ReportLead", _pale(grade)) for number, _, grade in block.tiles]
        names = [TableCell(self.said(words), "TableText", _pale(grade)) for _, words, grade in block.tiles]
        self._append(table([numbers, names], [wide] * len(block.tiles), head=False))

    def _figures(self, block: Figures) -> None:
        """Write one figure across the page, or two side by side in a table without lines."""
        if len(block.figures) == 1:
            (figure,) = block.figures
            self._picture(self.document.add_paragraph(style="Figure"), figure, WIDTH_MM)
            self._caption("图", "Figure", figure.number, figure.caption)
            return
        wide = WIDTH_MM / len(block.figures)
        grid = self.document.add_table(rows=1, cols=len(block.figures))
        grid.autofit = False
        for cell, figure in zip(grid.rows[0].cells, block.figures, strict=True):
            cell.width = Mm(wide)
            line = cell.paragraphs[0]
            line.style = self.document.styles["Figure"]
            self._picture(line, figure, wide - 4)
            caption = self._caption("图", "Figure", figure.number, figure.caption)
            cell._tc.append(caption._p)
        self.document.add_paragraph(style="Report Note")

    def _picture(self, line: Written, figure: Figure, most_mm: float) -> None:
        sheet_mm = figure.draw(self.language).width_mm
        shape = line.add_run().add_picture(io.BytesIO(next(self.pictures)), width=Mm(min(sheet_mm, most_mm)))
        shape._inline.docPr.set("descr", self.said(figure.caption))


def _wrapped(inner: str) -> str:
    """Return runs with the name space that a parser needs."""
    return inner.replace("<w:hyperlink ", f"<w:hyperlink {docx.oxml.ns.nsdecls('w')} ", 1)
