"""Styles of the report as a Word document: what an editor changes once changes everywhere."""

from __future__ import annotations

from typing import Any

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.shared import Mm, Pt, RGBColor

from cim.analytics.examination.report.word_parts import bordered_style, east_asian, number_headings

LATIN, BODY, DISPLAY = "Times New Roman", "宋体", "黑体"
"""Typefaces that every Chinese office has: 宋体 to read, 黑体 for headings."""
_ACCENT, _DIM = RGBColor(0x1F, 0x4E, 0x79), RGBColor(0x5B, 0x67, 0x73)
WIDTH_MM = 166.0
"""Width between the margins."""
KINDS = {
    "body": "Normal",
    "lead": "Report Lead",
    "note": "Report Note",
    "warning": "Report Warning",
    "item": "List Bullet",
}
"""Style of each kind of paragraph."""


def styled(document: Document) -> None:
    """Set the page and every style that the report uses."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin, section.bottom_margin = Mm(24), Mm(22)
    section.different_first_page_header_footer = True
    _plain(document, "Normal", 10.5, after=4, line=1.35)
    for depth, size in ((1, 18), (2, 14), (3, 12)):
        style = _plain(
            document, f"Heading {depth}", size, face=DISPLAY, before=size * 0.8, after=size * 0.4, colour=_ACCENT
        )
        style.font.bold = False
        style.paragraph_format.keep_with_next = True
        style.paragraph_format.page_break_before = depth == 1
    _plain(document, "Title", 28, face=DISPLAY, before=4, after=10, colour=_ACCENT)
    border = document.styles["Title"].element.pPr.find("{*}pBdr")
    if border is not None:
        document.styles["Title"].element.pPr.remove(border)
    _plain(document, "Subtitle", 14, face=DISPLAY, after=6, colour=_DIM).font.italic = False
    caption = _plain(document, "Caption", 9, face=DISPLAY, before=2, after=6, colour=_DIM)
    caption.font.bold = False
    caption.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _plain(document, "List Bullet", 10.5, after=2)
    for name in ("Header", "Footer"):
        stops = _plain(document, name, 8.5, colour=_DIM).paragraph_format.tab_stops
        stops.clear_all()
        stops.add_tab_stop(Mm(WIDTH_MM), WD_TAB_ALIGNMENT.RIGHT)
    _added(document, "Report Lead", 12, after=6, line=1.5)
    _added(document, "Report Note", 9, after=1, colour=_DIM)
    _added(document, "Report Warning", 10.5, before=3, after=5, colour=RGBColor(0x9A, 0x5B, 0x00))
    _added(document, "Report Synthetic", 14, face=DISPLAY, before=24, colour=RGBColor(0xB8, 0x6E, 0x00))
    _added(document, "Table Text", 8.5)
    _added(document, "Table Number", 8.5).paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _added(document, "Table Head", 8.5, face=DISPLAY, colour=_ACCENT).paragraph_format.keep_with_next = True
    _added(document, "Figure", 9).paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.styles["Figure"].paragraph_format.keep_with_next = True
    _added(
        document, "Contents Heading", 18, face=DISPLAY, after=8, colour=_ACCENT
    ).paragraph_format.page_break_before = True
    for depth in (1, 2):
        style = _added(
            document, f"toc {depth}", 11.5 if depth == 1 else 10.5, face=DISPLAY if depth == 1 else BODY, after=2
        )
        style.paragraph_format.left_indent = Mm(6 * (depth - 1))
        style.paragraph_format.tab_stops.add_tab_stop(Mm(WIDTH_MM), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    bordered_style(document)
    number_headings(document)


def _plain(
    document: Document, name: str, size: float, *, face: str = BODY, before: float = 0, after: float = 0,
    line: float | None = None, colour: RGBColor | None = None,
) -> Any:  # fmt: skip
    """Set a style that there is."""
    style: Any = document.styles[name]
    east_asian(style.element, LATIN, face)
    style.font.size = Pt(size)
    if colour is not None:
        style.font.color.rgb = colour
    form = style.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after)
    if line is not None:
        form.line_spacing = line
    return style


def _added(document: Document, name: str, size: float, **options: Any) -> Any:
    """Add a style based on the common one."""
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    options.setdefault("line", 1.0 if name.startswith("Table") else None)
    return _plain(document, name, size, **options)
