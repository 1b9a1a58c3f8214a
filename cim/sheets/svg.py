"""A sheet as SVG: text stays text, layers are groups."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from cim.sheets.fonts import FAMILIES
from cim.sheets.sheet import Shape, Sheet, Text

_RISE = 0.36
"""From the middle of a line to its baseline, in heights of the letters' body."""


def svg(sheet: Sheet) -> bytes:
    """Return the sheet as an SVG document, a unit a millimetre."""
    size = f"{sheet.width_mm:g}", f"{sheet.height_mm:g}"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}mm" height="{size[1]}mm" '
        f'viewBox="0 0 {size[0]} {size[1]}" font-family={quoteattr(FAMILIES)}>',
        f"<title>{escape(sheet.title)}</title>",
        f'<rect width="{size[0]}" height="{size[1]}" fill="#ffffff"/>',
    ]
    for layer, marks in groupby(sheet.marks, key=lambda mark: mark.layer):
        lines.append(f"<g data-layer={quoteattr(layer)}>")
        for mark in marks:
            lines += _text(mark, sheet.height_mm) if isinstance(mark, Text) else _shape(mark, sheet.height_mm)
        lines.append("</g>")
    lines.append("</svg>")
    return "\n".join(lines).encode()


def _shape(mark: Shape, height: float) -> Iterator[str]:
    points = " ".join(f"{x:.3f},{height - y:.3f}" for x, y in mark.points)
    name = "polygon" if mark.closed else "polyline"
    paint = f'fill="{mark.fill or "none"}"'
    if mark.stroke is not None:
        paint += f' stroke="{mark.stroke.colour}" stroke-width="{mark.stroke.width_mm:g}" stroke-linejoin="round"'
        if mark.stroke.dash:
            paint += f' stroke-dasharray="{" ".join(f"{part:g}" for part in mark.stroke.dash)}"'
    yield f'<{name} points="{points}" {paint}/>'


def _text(mark: Text, height: float) -> Iterator[str]:
    x, y = mark.x, height - mark.y
    turn = f' transform="rotate({-mark.angle:g} {x:.3f} {y:.3f})"' if mark.angle else ""
    yield (
        f'<text x="{x:.3f}" y="{y + _RISE * mark.size_mm:.3f}" font-size="{mark.size_mm:g}" '
        f'text-anchor="{mark.anchor}" fill="{mark.colour}"{turn}>{escape(mark.text)}</text>'
    )
