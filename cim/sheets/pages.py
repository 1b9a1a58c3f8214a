"""Pages of a report: headings, paragraphs, tables and sheets that flow over A4 pages, in Chinese and English."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle

from cim.sheets.fonts import font_name
from cim.sheets.pdf import draw
from cim.sheets.sheet import Sheet

WIDTH_MM = 182.0
"""Width between the margins, millimetres."""
_MARGIN_MM = 14.0
_PAD = 6  # points that reportlab leaves free inside a frame
_GREY = colors.HexColor("#999999")
_HEAD = colors.HexColor("#e8edf2")


class Drawn(Flowable):
    """A sheet in the flow of a page, a millimetre a millimetre."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__()
        self.width, self.height = sheet.width_mm * mm, sheet.height_mm * mm
        self._sheet = sheet

    def draw(self) -> None:
        """Draw it where the flow has come to."""
        draw(self.canv, self._sheet)


def paragraph(text: object, size: float = 9.0, **options: Any) -> Paragraph:
    """Return a paragraph; Chinese breaks between any two characters.

    Parameters
    ----------
    text
        What it says; nothing in it is markup.
    size
        Points.
    options
        More of reportlab's paragraph styles.
    """
    style = ParagraphStyle("cim", fontName=font_name(), fontSize=size, leading=size * 1.5, wordWrap="CJK", **options)
    return Paragraph(escape("" if text is None else str(text)).replace("\n", "<br/>"), style)


def heading(text: str, size: float = 12.0) -> Paragraph:
    """Return a heading that stays with what follows it."""
    return paragraph(text, size, spaceBefore=size, spaceAfter=size / 2.5, keepWithNext=1, textColor="#1f4e79")


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    widths_mm: Sequence[float],
    *,
    size: float = 8.0,
    tall_mm: float | None = None,
) -> Table:
    """Return a table whose head stands on every page that it reaches.

    Parameters
    ----------
    head
        Titles of the columns; none where the rows tell themselves.
    rows
        Words and numbers.
    widths_mm
        Of the columns; they are stretched together to the width of the page.
    size
        Points of the words.
    tall_mm
        Of each row; None: as its words need.
    """
    stretch = WIDTH_MM / sum(widths_mm)
    cells: list[list[Paragraph]] = [[paragraph(title, size) for title in head]] if head else []
    cells += [[paragraph("–" if value in (None, "") else value, size) for value in row] for row in rows]
    style = TableStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.4, _GREY),
            *([("BACKGROUND", (0, 0), (-1, 0), _HEAD)] if head else []),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    heights = None if tall_mm is None else [*([None] if head else []), *[tall_mm * mm] * len(rows)]
    widths = [width * stretch * mm for width in widths_mm]
    return Table(cells, colWidths=widths, rowHeights=heights, repeatRows=int(bool(head)), style=style)


def document(
    title: str, flow: Sequence[Flowable], foot: str, *, corner: str = "{page}", colour: str = "#666666"
) -> bytes:
    """Return what flows as a PDF of A4 pages, each with a foot and its number.

    Parameters
    ----------
    title
        For the file's head.
    flow
        What it holds.
    foot
        At the bottom of each page, on the left.
    corner
        There on the right, with the page's number in it.
    colour
        Of the foot.
    """
    held = io.BytesIO()
    side = _MARGIN_MM * mm - _PAD
    pages = SimpleDocTemplate(
        held,
        pagesize=A4,
        leftMargin=side,
        rightMargin=side,
        topMargin=14 * mm,
        bottomMargin=17 * mm,
        title=title,
        author="",
        subject="",
        creator="cim",
        invariant=1,
    )

    def footed(canvas: Canvas, page: Any) -> None:
        canvas.setFont(font_name(), 7.5)
        canvas.setFillColor(colors.HexColor(colour))
        canvas.drawString(_MARGIN_MM * mm, 9 * mm, foot)
        canvas.setFillColor(colors.HexColor("#666666"))
        canvas.drawRightString(A4[0] - _MARGIN_MM * mm, 9 * mm, corner.format(page=page.page))

    pages.build(list(flow), onFirstPage=footed, onLaterPages=footed)
    return held.getvalue()
