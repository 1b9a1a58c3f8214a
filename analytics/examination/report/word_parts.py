"""Pieces of a Word document that python-docx has no words for: fields, numbering of headings, tables at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph

_TWIPS_A_MM = 1440 / 25.4
_AFTER_FIELDS = {qn(f"w:{name}") for name in ("hdrShapeDefaults", "footnotePr", "endnotePr", "compat", "rsids")}
"""What stands behind it in a document's settings, whose order is fixed."""
HEADINGS = 2
"""Depths of headings that are numbered."""


def field(paragraph: Paragraph, code: str, shown: str) -> None:
    """Add a field, with what it shows until it is updated."""
    field_begins(paragraph, code)
    _run(paragraph, f"<w:t>{escape(shown)}</w:t>")
    field_ends(paragraph)


def field_begins(paragraph: Paragraph, code: str) -> None:
    """Begin a field: what is added from here on is what it shows until it is updated."""
    _run(paragraph, '<w:fldChar w:fldCharType="begin"/>')
    _run(paragraph, f'<w:instrText xml:space="preserve"> {escape(code)} </w:instrText>')
    _run(paragraph, '<w:fldChar w:fldCharType="separate"/>')


def field_ends(paragraph: Paragraph) -> None:
    """End a field, in its first paragraph or a later one."""
    _run(paragraph, '<w:fldChar w:fldCharType="end"/>')


def _run(paragraph: Paragraph, inner: str) -> None:
    paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{inner}</w:r>"))


def bookmarked(paragraph: Paragraph, name: str, number: int) -> None:
    """Set a bookmark around all that a paragraph holds."""
    start = parse_xml(f'<w:bookmarkStart {nsdecls("w")} w:id="{number}" w:name={quoteattr(name)}/>')
    paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, start)
    paragraph._p.append(parse_xml(f'<w:bookmarkEnd {nsdecls("w")} w:id="{number}"/>'))


def linked(text: str, anchor: str) -> str:
    """Return runs that lead to a bookmark, as XML."""
    run = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    return f'<w:hyperlink w:anchor={quoteattr(anchor)} w:history="1">{run}</w:hyperlink>' if anchor else run


def bookmark_name(anchor: str) -> str:
    """Return an anchor as Word allows bookmarks to be called."""
    return "_" + "".join(letter if letter.isalnum() else "_" for letter in anchor)


def number_headings(document: Document) -> None:
    """Have chapters and sections numbered by their styles, so that what an editor inserts is numbered too."""
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading{depth + 1}"/>'
        f'<w:suff w:val="space"/><w:lvlText w:val="{"%1.%2"[: 3 * depth + 2]}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>'
        for depth in range(HEADINGS)
    )
    kind = '<w:multiLevelType w:val="multilevel"/>'
    numbering.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{kind}{levels}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for depth in range(HEADINGS):
        numbered: Any = document.styles[f"Heading {depth + 1}"].element.get_or_add_pPr().get_or_add_numPr()
        numbered.get_or_add_ilvl().val = depth
        numbered.get_or_add_numId().val = 90


def updated_on_opening(document: Document) -> None:
    """Ask the reader's program to fill in the fields, such as the pages of the contents."""
    settings = document.settings.element
    later = [item for item in settings if item.tag in _AFTER_FIELDS]
    asked = parse_xml(f'<w:updateFields {nsdecls("w")} w:val="true"/>')
    settings.insert(settings.index(later[0]) if later else len(settings), asked)


@dataclass(frozen=True)
class TableCell:
    """A cell as XML knows it."""

    text: str
    """What it says."""
    style: str = "TableText"
    """Id of its paragraph style."""
    fill: str = ""
    """RRGGBB of its ground."""
    anchor: str = ""
    """Bookmark that it leads to."""


def table(rows: Sequence[Sequence[TableCell]], widths_mm: Sequence[float], *, head: bool) -> Any:
    """Return a table; its first row is repeated on every page where it is a head."""
    widths = [round(width * _TWIPS_A_MM) for width in widths_mm]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    lines = "".join(_row(row, widths, head=head and place == 0) for place, row in enumerate(rows))
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="ReportTable"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblLook w:val="{"0020" if head else "0000"}"/>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>"
    )


def _row(row: Sequence[TableCell], widths: Sequence[int], *, head: bool) -> str:
    cells = "".join(_cell(cell, width) for cell, width in zip(row, widths, strict=True))
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{cells}</w:tr>"


def _cell(cell: TableCell, width: int) -> str:
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{cell.fill}"/>' if cell.fill else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{fill}</w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{cell.style}"/></w:pPr>{linked(cell.text, cell.anchor)}</w:p></w:tc>'
    )


def bordered_style(document: Document) -> None:
    """Add the tables' style: lines above and below, thin ones between, a tinted head."""
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{colour}"/>'
        for side, size, colour in (("top", 8, "1F4E79"), ("bottom", 8, "1F4E79"), ("insideH", 4, "C9D1D9"))
    )
    margins = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>'
        for side, width in (("top", 30), ("left", 70), ("bottom", 30), ("right", 70))
    )
    head = '<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="EEF2F6"/></w:tcPr>'
    style = (
        f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="ReportTable">'
        f'<w:name w:val="Report Table"/><w:basedOn w:val="TableNormal"/>'
        f"<w:tblPr><w:tblBorders>{edges}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>"
        f'<w:tblStylePr w:type="firstRow">{head}</w:tblStylePr></w:style>'
    )
    document.styles.element.append(parse_xml(style))


def east_asian(element: Any, latin: str, chinese: str) -> None:
    """Give a style's letters a typeface, Chinese ones another."""
    properties = element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name, face in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(qn(f"w:{name}"), face)
