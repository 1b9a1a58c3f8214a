"""Blocks set as what flows over the pages of a PDF: paragraphs, tables, figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, PageBreak, Spacer
from reportlab.platypus import Paragraph as Set
from reportlab.platypus import Table as Grid

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
    Together,
)
from cim.analytics.examination.report.words import COLOURS, PALE, said
from cim.sheets.fonts import font_name, text_width
from cim.sheets.pages import WIDTH_MM, Drawn

ACCENT, INK, DIM, RULE = "#1f4e79", "#1b2733", "#5b6773", "#c9d1d9"
"""Colours of headings, words, notes and lines."""
_HEAD = "#eef2f6"
_SIZES = {1: 17.0, 2: 13.0, 3: 10.5}
_KINDS: Mapping[str, Mapping[str, Any]] = {
    "body": {"fontSize": 9.5},
    "lead": {"fontSize": 10.5, "spaceAfter": 4},
    "note": {"fontSize": 7.8, "textColor": DIM, "spaceAfter": 1},
    "warning": {
        "fontSize": 9,
        "backColor": "#fff6e5",
        "borderPadding": (3, 5, 4, 6),
        "spaceBefore": 5,
        "spaceAfter": 6,
    },
    "item": {"fontSize": 9, "leftIndent": 10, "firstLineIndent": -8, "spaceAfter": 1.5},
}
_CHINESE = 0x2E80
_ROOM_MM = 58.0
"""Least room below a heading that no page ends with."""
_PADDING = (
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("TOPPADDING", (0, 0), (-1, -1), 1.6),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
    ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
)


class _Marked(Set):
    """A heading that tells on which page it stands, and where links and bookmarks lead."""

    def __init__(self, text: str, style: ParagraphStyle, heading: Heading, title: str, found: dict[str, int]) -> None:
        super().__init__(text, style)
        self._heading, self._title, self._found = heading, title, found

    def draw(self) -> None:
        """Draw it, and note the page."""
        canvas = self.canv
        self._found[self._heading.anchor] = canvas.getPageNumber()
        canvas.bookmarkHorizontal(self._heading.anchor, 0, self.height + 10)
        canvas.addOutlineEntry(
            self._title, self._heading.anchor, self._heading.depth - 1, closed=self._heading.depth > 1
        )
        super().draw()


@dataclass
class Setter:
    """Turns blocks into flowables."""

    language: str
    found: dict[str, int]
    drawings: bool

    def text(self, text: str, *, link: str = "", **style: Any) -> Set:
        """Return a paragraph; Chinese breaks between any two characters, English between words."""
        style = {"fontSize": 9.5, "textColor": INK, **style}
        style.setdefault("leading", style["fontSize"] * 1.5)
        if any(ord(letter) >= _CHINESE for letter in text):
            style["wordWrap"] = "CJK"
        marked = escape(text).replace("\n", "<br/>")
        if link:
            marked = f'<a href="#{link}" color="{style["textColor"]}">{marked}</a>'
        return Set(marked, ParagraphStyle("cim", fontName=font_name(), **style))

    def said(self, words: Words) -> str:
        """Return a text in the language."""
        return said(words, self.language)

    def set(self, block: Block) -> Iterator[Flowable]:
        """Yield the flowables of a block."""
        match block:
            case Heading():
                yield from self._break_before(block)
                yield self._heading(block)
            case Paragraph():
                yield self._paragraph(block)
            case Table():
                yield from self._table(block)
            case Facts():
                yield self._facts(block)
            case Figures():
                yield self._figures(block)
            case Tiles():
                yield self._tiles(block)
            case Together():
                yield from self._together(block)
            case NewPage():
                yield PageBreak()

    def _together(self, block: Together) -> Iterator[Flowable]:
        """Yield what stays together; a chapter's page begins before it."""
        first = block.blocks[0]
        if isinstance(first, Heading):
            yield from self._break_before(first)
        parts: list[Flowable] = []
        for inner in block.blocks:
            parts += [self._heading(inner)] if isinstance(inner, Heading) else self.set(inner)
        yield KeepTogether(parts)

    def _break_before(self, block: Heading) -> Iterator[Flowable]:
        """Yield a new page before a chapter, and where a heading would stand alone at the foot of one."""
        yield PageBreak() if block.depth == 1 else CondPageBreak(_ROOM_MM * mm)

    def _heading(self, block: Heading) -> _Marked:
        size = _SIZES[block.depth]
        title = f"{block.number}\u2002{self.said(block.text)}" if block.number else self.said(block.text)
        style = ParagraphStyle(
            "heading", fontName=font_name(), fontSize=size, leading=size * 1.35, textColor=HexColor(ACCENT),
            spaceBefore=size * 0.9, spaceAfter=size * 0.45, wordWrap="CJK" if self.language == "zh" else None,
        )  # fmt: skip
        return _Marked(escape(title), style, block, title, self.found)

    def _paragraph(self, block: Paragraph) -> Set:
        text = self.said(block.text)
        return self.text(f"•\u2002{text}" if block.kind == "item" else text, **{"spaceAfter": 3, **_KINDS[block.kind]})

    def _caption(self, zh: str, en: str, number: int, words: Words) -> Set:
        label = zh if self.language == "zh" else en
        told = f"{label} {number}\u2002{self.said(words)}"
        return self.text(told, fontSize=8, leading=11, textColor=DIM, alignment=TA_CENTER)

    def _table(self, block: Table) -> Iterator[Flowable]:
        """Yield a table whose caption and head stand on every page that it reaches."""
        yield CondPageBreak(30 * mm)
        total = sum(column.width for column in block.columns)
        widths = [column.width / total * WIDTH_MM * mm for column in block.columns]
        caption = [self._caption("表", "Table", block.number, block.caption), *[""] * (len(widths) - 1)]
        head = [self._cell(Cell(column.title), column.number, textColor=ACCENT) for column in block.columns]
        rows = [
            [self._cell(cell, column.number) for cell, column in zip(row, block.columns, strict=True)]
            for row in block.rows
        ]
        style: list[Any] = [
            ("SPAN", (0, 0), (-1, 0)),
            ("LINEABOVE", (0, 1), (-1, 1), 1, HexColor(ACCENT)),
            ("LINEBELOW", (0, 1), (-1, 1), 0.5, HexColor(ACCENT)),
            ("BACKGROUND", (0, 1), (-1, 1), HexColor(_HEAD)),
            ("LINEBELOW", (0, 2), (-1, -1), 0.25, HexColor(RULE)),
            ("LINEBELOW", (0, -1), (-1, -1), 1, HexColor(ACCENT)),
            *_PADDING,
        ]
        # Words that begin where a number ends are kept apart from it.
        numbers = [column.number for column in block.columns]
        style += [
            ("LEFTPADDING", (place, 1), (place, -1), 9)
            for place in range(1, len(numbers))
            if numbers[place - 1] and not numbers[place]
        ]
        for line, row in enumerate(block.rows, 2):
            style += [
                ("BACKGROUND", (place, line), (place, line), HexColor(PALE[cell.grade]))
                for place, cell in enumerate(row)
                if cell.grade
            ]
        yield Grid([caption, head, *rows], colWidths=widths, repeatRows=2, style=style, spaceBefore=3, spaceAfter=8)

    def _cell(self, cell: Cell, number: bool, **style: Any) -> Set:
        if cell.anchor:
            style["textColor"] = ACCENT
        return self.text(
            self.said(cell.text),
            link=cell.anchor,
            fontSize=8,
            leading=11.2,
            alignment=TA_RIGHT if number else 0,
            **style,
        )

    def _facts(self, block: Facts) -> Grid:
        style: list[Any] = [
            ("LINEABOVE", (0, 0), (-1, 0), 0.5, HexColor(ACCENT)),
            ("LINEBELOW", (0, 0), (-1, -1), 0.25, HexColor(RULE)),
            *_PADDING,
        ]
        rows = []
        for line, (name, cell) in enumerate(block.rows):
            told = self.text(self.said(cell.text), fontSize=8.2, leading=11.4)
            rows.append([self.text(self.said(name), fontSize=8.2, leading=11.4, textColor=DIM), told])
            if cell.grade:
                style.append(("BACKGROUND", (1, line), (1, line), HexColor(PALE[cell.grade])))
                style.append(("LINEBEFORE", (1, line), (1, line), 3, HexColor(COLOURS[cell.grade]), 0))
                style.append(("LEFTPADDING", (1, line), (1, line), 6))
        wide = max(text_width(self.said(name), 8.2) for name, _ in block.rows) / mm + 5.0
        return Grid(rows, colWidths=[wide * mm, (WIDTH_MM - wide) * mm], style=style)

    def _figures(self, block: Figures) -> Grid:
        count = len(block.figures)
        cells = [[self._figure(figure)] for figure in block.figures]
        captions = [self._caption("图", "Figure", figure.number, figure.caption) for figure in block.figures]
        style: list[Any] = [
            ("NOSPLIT", (0, 0), (-1, -1)),
            ("ALIGN", (0, 0), (-1, -1), "CENTER"),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ]
        wide = [WIDTH_MM / count * mm] * count
        return Grid([cells, captions], colWidths=wide, spaceBefore=4, spaceAfter=4, style=style)

    def _figure(self, figure: Figure) -> Flowable:
        sheet = figure.draw(self.language)
        return Drawn(sheet) if self.drawings else Spacer(sheet.width_mm * mm, sheet.height_mm * mm)

    def _tiles(self, block: Tiles) -> Grid:
        numbers = [self.text(number, fontSize=19, leading=23, alignment=TA_CENTER) for number, _, _ in block.tiles]
        names = [
            self.text(self.said(words), fontSize=8.5, textColor=DIM, alignment=TA_CENTER) for _, words, _ in block.tiles
        ]
        count = len(block.tiles)
        style: list[Any] = [("BOX", (place, 0), (place, 1), 0.5, HexColor(RULE)) for place in range(count)]
        style += [
            ("LINEABOVE", (place, 0), (place, 0), 3, HexColor(COLOURS[grade] if grade else ACCENT))
            for place, (_, _, grade) in enumerate(block.tiles)
        ]
        wide = [WIDTH_MM / count * mm] * count
        return Grid([numbers, names], colWidths=wide, spaceBefore=4, spaceAfter=6, style=style)
