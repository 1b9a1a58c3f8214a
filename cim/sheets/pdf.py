"""A sheet as a PDF page, its typeface embedded; and that page as a PNG."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import pypdfium2
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from cim.sheets.fonts import font_name, text_width
from cim.sheets.sheet import Shape, Sheet, Text

_RISE = 0.36
_MOST_PIXELS = 60_000_000
"""Of a PNG: a longer sheet is drawn coarser."""


def pdf(sheet: Sheet) -> bytes:
    """Return the sheet as a PDF of one page."""
    held = io.BytesIO()
    # invariant: the same drawing gives the same bytes.
    canvas = Canvas(held, pagesize=(sheet.width_mm * mm, sheet.height_mm * mm), invariant=1)
    canvas.setTitle(sheet.title)
    canvas.setAuthor("")
    canvas.setSubject("")
    canvas.setCreator("cim")
    draw(canvas, sheet)
    canvas.showPage()
    canvas.save()
    return held.getvalue()


def draw(canvas: Canvas, sheet: Sheet, x: float = 0.0, y: float = 0.0, scale: float = 1.0) -> None:
    """Draw a sheet on a page, its lower left corner at (x, y) points.

    Parameters
    ----------
    canvas
        Page of reportlab.
    sheet
        What to draw.
    x, y
        Points from the page's lower left corner.
    scale
        1 draws a millimetre as a millimetre.
    """
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(mm * scale, mm * scale)
    canvas.setLineJoin(1)
    for mark in sheet.marks:
        if isinstance(mark, Text):
            _text(canvas, mark)
        else:
            _shape(canvas, mark)
    canvas.restoreState()


def png(sheet: Sheet, dpi: float = 200.0) -> bytes:
    """Return the sheet as a PNG.

    Parameters
    ----------
    sheet
        What to draw.
    dpi
        Pixels an inch; fewer where the picture would be too large to open.
    """
    return next(pngs([sheet], dpi))


def pngs(sheets: Sequence[Sheet], dpi: float = 200.0, colours: int | None = None) -> Iterator[bytes]:
    """Yield each sheet as a PNG; the typeface is embedded and read once for all of them.

    Parameters
    ----------
    sheets
        What to draw.
    dpi
        Pixels an inch; fewer where a picture would be too large to open.
    colours
        Most colours of a picture, which make it small; None: all.
    """
    held = io.BytesIO()
    canvas = Canvas(held, invariant=1)
    for sheet in sheets:
        canvas.setPageSize((sheet.width_mm * mm, sheet.height_mm * mm))
        draw(canvas, sheet)
        canvas.showPage()
    canvas.save()
    document = pypdfium2.PdfDocument(held.getvalue())
    try:
        for page, sheet in zip(document, sheets, strict=True):
            pixels = sheet.width_mm * sheet.height_mm * (dpi / 25.4) ** 2
            fine = dpi * min(1.0, (_MOST_PIXELS / pixels) ** 0.5)
            picture = page.render(scale=fine / 72).to_pil()
            held = io.BytesIO()
            (picture.quantize(colours) if colours else picture).save(held, "PNG", dpi=(fine, fine))
            yield held.getvalue()
    finally:
        document.close()


def _shape(canvas: Canvas, mark: Shape) -> None:
    path = canvas.beginPath()
    path.moveTo(*mark.points[0])
    for point in mark.points[1:]:
        path.lineTo(*point)
    if mark.closed:
        path.close()
    if mark.fill:
        canvas.setFillColor(HexColor(mark.fill))
    if mark.stroke is not None:
        canvas.setStrokeColor(HexColor(mark.stroke.colour))
        canvas.setLineWidth(mark.stroke.width_mm)
        canvas.setDash(list(mark.stroke.dash))
    canvas.drawPath(path, stroke=int(mark.stroke is not None), fill=int(mark.fill is not None))


def _text(canvas: Canvas, mark: Text) -> None:
    canvas.saveState()
    canvas.translate(mark.x, mark.y)
    canvas.rotate(mark.angle)
    canvas.setFillColor(HexColor(mark.colour))
    canvas.setFont(font_name(), mark.size_mm)
    back = {"start": 0.0, "middle": 0.5, "end": 1.0}[mark.anchor]
    canvas.drawString(-back * text_width(mark.text, mark.size_mm), -_RISE * mark.size_mm, mark.text)
    canvas.restoreState()
