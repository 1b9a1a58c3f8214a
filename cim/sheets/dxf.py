"""A sheet as DXF (AutoCAD 2004): a unit a millimetre of paper, a layer a kind of mark."""

from __future__ import annotations

import io
import math

from ezdxf.document import Drawing
from ezdxf.enums import TextEntityAlignment
from ezdxf.filemanagement import new
from ezdxf.layouts.layout import Modelspace

from cim.sheets.sheet import Shape, Sheet, Text

_STYLE = "CJK"
_ALIGNMENTS = {
    "start": TextEntityAlignment.MIDDLE_LEFT,
    "middle": TextEntityAlignment.MIDDLE_CENTER,
    "end": TextEntityAlignment.MIDDLE_RIGHT,
}
_CAP = 0.75
"""Height of a DXF text's capitals, in heights of the letters' body."""
_WEIGHTS = (13, 18, 25, 35, 50, 70, 100)
"""Line weights that DXF knows, hundredths of a millimetre."""
_BY_BACKGROUND = 7
_BLACK, _WHITE = "#000000", "#ffffff"


def dxf(sheet: Sheet) -> bytes:
    """Return the sheet as a DXF document; white areas, which only keep text clear of lines, are left out."""
    # The last version in a code page: of a later one, in UTF-8, some readers believe the code page in its head instead.
    document = new("R2004", setup=False)
    document.encoding = "gbk"
    document.header["$INSUNITS"] = 4  # millimetres
    document.header["$LTSCALE"] = 1
    document.styles.add(_STYLE, font="simhei.ttf")
    space = document.modelspace()
    for mark in sheet.marks:
        if mark.layer not in document.layers:
            document.layers.add(mark.layer)
        if isinstance(mark, Text):
            _text(space, mark)
        elif mark.fill != _WHITE or mark.stroke is not None:
            _shape(document, space, mark)
    held = io.StringIO()
    document.write(held)
    return held.getvalue().encode(document.output_encoding, "dxfreplace")


def _text(space: Modelspace, mark: Text) -> None:
    entity = space.add_text(
        mark.text,
        height=mark.size_mm * _CAP,
        rotation=mark.angle,
        dxfattribs={"layer": mark.layer, "style": _STYLE, **_coloured(mark.colour)},
    )
    entity.set_placement((mark.x, mark.y), align=_ALIGNMENTS[mark.anchor])


def _shape(document: Drawing, space: Modelspace, mark: Shape) -> None:
    if mark.fill and mark.fill != _WHITE:
        hatch = space.add_hatch(dxfattribs={"layer": mark.layer, **_coloured(mark.fill)})
        hatch.paths.add_polyline_path(list(mark.points), is_closed=True)
    if mark.stroke is not None:
        weight = min(_WEIGHTS, key=lambda known: abs(known - 100 * mark.stroke.width_mm))  # type: ignore[union-attr]
        attributes = {"layer": mark.layer, "lineweight": weight, **_coloured(mark.stroke.colour)}
        if mark.stroke.dash:
            attributes["linetype"] = _line_type(document, mark.stroke.dash)
        space.add_lwpolyline(list(mark.points), close=mark.closed, dxfattribs=attributes)


def _line_type(document: Drawing, dash: tuple[float, ...]) -> str:
    """Return the name of a line type of such strokes and gaps."""
    name = "DASH_" + "_".join(f"{part:g}".replace(".", "P") for part in dash)
    if name not in document.linetypes:
        pattern = [part if i % 2 == 0 else -part for i, part in enumerate(dash)]
        document.linetypes.add(name, [math.fsum(dash), *pattern])
    return name


def _coloured(colour: str) -> dict[str, int]:
    """Return the attributes of a colour; black is whatever stands out from the background."""
    if colour == _BLACK:
        return {"color": _BY_BACKGROUND}
    return {"true_color": int(colour[1:], 16)}
