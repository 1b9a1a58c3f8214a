"""The report as a PDF of A4 pages: cover, contents with pages, bookmarks, figures as vectors."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageBreak, PageTemplate
from reportlab.platypus import Table as Grid

from cim.analytics.examination.report.blocks import Block, Heading, flat
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.setting import ACCENT, DIM, INK, RULE, Setter
from cim.analytics.examination.report.titles import city_name, headline
from cim.analytics.examination.report.words import MADE_UP, PROVISIONAL, both, said
from cim.sheets.fonts import font_name
from cim.sheets.pages import WIDTH_MM

_MARGIN_MM = 14.0
_TOP_MM, _BOTTOM_MM = 20.0, 18.0
_CONTENTS: Mapping[int, Mapping[str, Any]] = {
    1: {"fontSize": 11.5, "spaceBefore": 5, "textColor": ACCENT},
    2: {"fontSize": 9.5},
}
"""How contents of each depth are set."""


def pdf(report: Report, told: Sequence[Block], language: str) -> bytes:
    """Return the report as a PDF in a language, zh or en.

    Parameters
    ----------
    report
        What it tells.
    told
        Its blocks, numbered.
    language
        zh or en.
    """
    # Once without drawings, to learn on which page each heading comes to stand; then for good.
    first = _Pages(report, told, language)
    first.build(drawings=False)
    final = _Pages(report, told, language, pages=first.found)
    return final.build(drawings=True)


@dataclass
class _Pages:
    """One run over the blocks."""

    report: Report
    told: Sequence[Block]
    language: str
    pages: Mapping[str, int] = field(default_factory=dict)
    """Page by anchor, from a run before."""
    found: dict[str, int] = field(default_factory=dict)
    """Page by anchor, as this run lays them out."""

    def build(self, *, drawings: bool) -> bytes:
        """Lay out and write all pages."""
        held = io.BytesIO()
        document = BaseDocTemplate(
            held,
            pagesize=A4,
            title=f"{said(headline(self.report), self.language)} · {said(city_name(self.report), self.language)}",
            author="",
            subject=said(self.report.stamp, self.language),
            creator="cim",
            lang="zh-CN" if self.language == "zh" else "en",
            invariant=1,
        )
        frame = Frame(
            _MARGIN_MM * mm, _BOTTOM_MM * mm, WIDTH_MM * mm, A4[1] - (_TOP_MM + _BOTTOM_MM) * mm,
            leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
        )  # fmt: skip
        document.addPageTemplates(
            [PageTemplate("cover", [frame], onPage=self._cover), PageTemplate("page", [frame], onPage=self._page)]
        )
        setter = Setter(self.language, self.found, drawings)
        flow: list[Flowable] = [NextPageTemplate("page"), PageBreak(), *self._contents(setter)]
        flow += [part for block in self.told for part in setter.set(block)]
        document.build(flow)
        return held.getvalue()

    def _contents(self, setter: Setter) -> Iterator[Flowable]:
        """Yield the contents: headings with their pages, each a link."""
        yield setter.text(said(both("目录", "Contents"), self.language), fontSize=17, textColor=ACCENT, spaceAfter=8)
        rows = []
        for block in flat(self.told):
            if isinstance(block, Heading) and block.depth < 3:
                form = _CONTENTS[block.depth]
                told = f"{block.number}\u2002{said(block.text, self.language)}"
                page = setter.text(str(self.pages.get(block.anchor, "0")), alignment=TA_RIGHT, **form)
                rows.append(
                    [setter.text(told, link=block.anchor, leftIndent=14 if block.depth == 2 else 0, **form), page]
                )
        style: list[Any] = [
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0.8),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.6),
            ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.25, HexColor(RULE)),
        ]
        yield Grid(rows, colWidths=[(WIDTH_MM - 14) * mm, 14 * mm], style=style)

    def _cover(self, canvas: Canvas, _page: Any) -> None:
        """Draw the cover."""
        report, language = self.report, self.language
        width, height = A4
        canvas.setFillColor(HexColor(ACCENT))
        canvas.rect(0, height - 118 * mm, width, 118 * mm, stroke=0, fill=1)
        canvas.setFillColor(HexColor("#ffffff"))
        left = 24 * mm
        canvas.setFont(font_name(), 15)
        canvas.drawString(left, height - 48 * mm, said(city_name(report), language))
        canvas.setFont(font_name(), 30 if language == "zh" else 25)
        canvas.drawString(left, height - 66 * mm, said(headline(report), language))
        canvas.setFont(font_name(), 12)
        canvas.drawString(left, height - 80 * mm, said(report.system, language))
        y = height - 140 * mm
        canvas.setFillColor(HexColor(INK))
        for name, value in self._about():
            canvas.setFillColor(HexColor(DIM))
            canvas.setFont(font_name(), 10.5)
            canvas.drawString(left, y, name)
            canvas.setFillColor(HexColor(INK))
            canvas.drawString(left + 44 * mm, y, value)
            y -= 8.5 * mm
        if report.synthetic:
            canvas.setStrokeColor(HexColor("#b86e00"))
            canvas.setFillColor(HexColor("#b86e00"))
            canvas.setFont(font_name(), 12)
            wide = canvas.stringWidth(said(MADE_UP, language), font_name(), 12)
            canvas.rect(left - 3 * mm, 40 * mm, wide + 6 * mm, 11 * mm)
            canvas.drawString(left, 44 * mm, said(MADE_UP, language))
        self._foot(canvas, 1)

    def _about(self) -> Iterator[tuple[str, str]]:
        """Yield what the cover tells."""
        report, zh = self.report, self.language == "zh"
        yield ("体检年度" if zh else "Year examined"), str(report.year)
        told = said(PROVISIONAL, self.language)
        provisional = (f"（{told}）" if zh else f" ({told})") if report.parameters.get("provisional") else ""
        yield ("指标体系年份" if zh else "Year of the system"), f"{report.parameters['system_year']}{provisional}"
        yield ("指标数" if zh else "Indicators"), str(len(report.indicators))
        yield ("报告日期" if zh else "Date"), report.made_on.isoformat()
        yield ("软件版本" if zh else "Software"), f"cim {report.software_version}"

    def _page(self, canvas: Canvas, page: Any) -> None:
        """Draw head and foot of a page."""
        canvas.setFont(font_name(), 8)
        canvas.setFillColor(HexColor(DIM))
        y = A4[1] - 12 * mm
        canvas.drawString(_MARGIN_MM * mm, y, said(city_name(self.report), self.language))
        canvas.drawRightString(A4[0] - _MARGIN_MM * mm, y, said(headline(self.report), self.language))
        canvas.setStrokeColor(HexColor(RULE))
        canvas.setLineWidth(0.5)
        canvas.line(_MARGIN_MM * mm, y - 2 * mm, A4[0] - _MARGIN_MM * mm, y - 2 * mm)
        self._foot(canvas, page.page)

    def _foot(self, canvas: Canvas, page: int) -> None:
        canvas.setFont(font_name(), 8)
        canvas.setFillColor(HexColor(DIM))
        canvas.drawString(_MARGIN_MM * mm, 10 * mm, said(self.report.stamp, self.language))
        canvas.drawRightString(A4[0] - _MARGIN_MM * mm, 10 * mm, str(page))
