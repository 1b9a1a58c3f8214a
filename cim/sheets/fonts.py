"""A typeface that knows Chinese, and how wide it writes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

# reportlab is imported where it is used: commands that draw nothing do without it.

FAMILIES = (
    "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'WenQuanYi Micro Hei', 'Microsoft YaHei', sans-serif"
)
"""Typefaces that an SVG asks its reader for, the best first."""

# TrueType outlines only: PDFs cannot embed the PostScript outlines of Debian's fonts-noto-cjk through reportlab.
_FILES = (
    "NotoSansSC-Regular.ttf",
    "NotoSansCJKsc-Regular.ttf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "msyh.ttc",
    "simhei.ttf",
)
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "C:/Windows/Fonts")
_NOT_FIRST = "，；：！？》〉」』】〕）”’…—·%％‰℃"
"""Marks that stand at no line's beginning."""
_NAME = "cim-cjk"
_BUILT_IN = "STSong-Light"


@cache
def font_name() -> str:
    """Return the name under which reportlab knows the typeface.

    Where none is installed (Debian: fonts-wqy-microhei), the reader of a PDF must bring one: Adobe's STSong.
    """
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    _keep_from_line_starts()
    path = _font_file()
    if path is None:
        pdfmetrics.registerFont(UnicodeCIDFont(_BUILT_IN))
        return _BUILT_IN
    pdfmetrics.registerFont(TTFont(_NAME, str(path), subfontIndex=0))
    # A paragraph's bold and italic are drawn in the one cut that there is.
    pdfmetrics.registerFontFamily(_NAME, normal=_NAME, bold=_NAME, italic=_NAME, boldItalic=_NAME)
    return _NAME


def _keep_from_line_starts() -> None:
    """Add the commonest Chinese marks to those with which reportlab begins no line: its own list lacks them."""
    from reportlab.lib import textsplit
    from reportlab.platypus import paragraph

    known: str = textsplit.ALL_CANNOT_START
    more = known + "".join(mark for mark in _NOT_FIRST if mark not in known)
    for module in (textsplit, paragraph):
        vars(module)["ALL_CANNOT_START"] = more


@cache
def text_width(text: str, size_mm: float) -> float:
    """Return the width of a line of text, millimetres."""
    from reportlab.pdfbase import pdfmetrics

    return float(pdfmetrics.stringWidth(text, font_name(), size_mm))


def _font_file() -> Path | None:
    """Return the first file that is installed."""
    installed: dict[str, Path] = {}
    for folder in _FOLDERS:
        root = Path(folder)
        if root.is_dir():
            installed |= {path.name: path for path in root.rglob("*.tt?")}
    return next((installed[name] for name in _FILES if name in installed), None)
