"""The report as one HTML file in both languages that needs nothing else: no network, no fonts, no scripts."""

from __future__ import annotations

import re
from collections.abc import Sequence

import jinja2
from markupsafe import Markup, escape

from cim._version import __version__
from cim.analytics.examination.register import Words
from cim.analytics.examination.report.blocks import FIGURE_MM, Block, Cell, Figure, Heading, flat
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.titles import city_name, headline
from cim.analytics.examination.report.words import LANGUAGES, MADE_UP, said
from cim.sheets import written

_HEAD = re.compile(rb"^<\?xml[^>]*>\s*")
_SIZE = re.compile(rb'(<svg [^>]*?)width="([0-9.]+)mm" height="[0-9.]+mm"')
_COORDINATES = re.compile(rb' (?:points|x|y)="[^"]*"')
_EXACT = re.compile(rb"(\d+\.\d)\d+")


def html(report: Report, told: Sequence[Block]) -> bytes:
    """Return the report as an HTML document.

    Parameters
    ----------
    report
        What it tells.
    told
        Its blocks, numbered.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("cim.analytics.examination.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"both": both_languages, "drawn": drawn, "link": link}

    page = environment.get_template("report.html").render(
        report=report,
        blocks=told,
        name=city_name(report),
        headline=headline(report),
        contents=[block for block in flat(told) if isinstance(block, Heading) and block.depth < 3],
        made_up=MADE_UP,
        version=__version__,
    )
    return page.encode()


def both_languages(words: Words) -> Markup:
    """Return a text of which the page shows the language that its reader chose."""
    if words.zh == words.en:
        return escape(words.zh)
    return Markup('<span class="zh" lang="zh-CN">{}</span><span class="en" lang="en">{}</span>').format(
        words.zh, words.en
    )


def link(cell: Cell) -> Markup:
    """Return what a cell says, leading to where it is told in full."""
    text = both_languages(cell.text)
    return Markup('<a href="#{}">{}</a>').format(cell.anchor, text) if cell.anchor else text


def drawn(figure: Figure) -> Markup:
    """Return a figure's drawing in both languages, as wide as the page allows and no wider than on paper."""
    parts = [_inline(written(figure.draw(language), "svg"), said(figure.caption, language)) for language in LANGUAGES]
    texts = [
        Markup('<div class="{}" lang="{}">{}</div>').format(name, "zh-CN" if name == "zh" else name, Markup(part))  # noqa: S704 - drawn by us
        for name, part in zip(LANGUAGES, parts, strict=True)
    ]
    return Markup("").join(texts)


def _inline(svg: bytes, label: str) -> str:
    """Return an SVG document as an element: its size left to the page, coordinates cut to tenths of a millimetre."""
    text = _COORDINATES.sub(lambda found: _EXACT.sub(rb"\1", found[0]), _HEAD.sub(b"", svg))
    named = str(escape(label))
    sized = _SIZE.sub(_as_wide_as_the_page, text, count=1).decode()
    return sized.replace("<title></title>", f"<title>{named}</title>", 1)


def _as_wide_as_the_page(found: re.Match[bytes]) -> bytes:
    """Return the head of a drawing without a size of its own; a wide one may be scrolled where the page is narrow."""
    wide = b' class="wide"' if float(found[2]) > FIGURE_MM else b""
    return found[1] + b'role="img"' + wide + b' style="max-width:calc(' + found[2] + b'mm * var(--paper))"'
