"""Sheets of communities as PDF: one page each."""

from __future__ import annotations

import io
from collections.abc import Iterable

from cim.analytics.examination.community.gathering import Community
from cim.analytics.examination.community.page import community_page


def communities_pdf(found: Iterable[Community], title: str = "") -> bytes:
    """Return the sheets of communities as one PDF, a page each; the same data gives the same bytes."""
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    from cim.sheets.pdf import draw

    held = io.BytesIO()
    canvas = Canvas(held, invariant=1)
    canvas.setTitle(title)
    canvas.setCreator("cim")
    for told in found:
        sheet = community_page(told)
        canvas.setPageSize((sheet.width_mm * mm, sheet.height_mm * mm))
        draw(canvas, sheet)
        canvas.bookmarkPage(str(told.unit_id))
        canvas.addOutlineEntry(str(told.unit["name"]), str(told.unit_id))
        canvas.showPage()
    canvas.save()
    return held.getvalue()
