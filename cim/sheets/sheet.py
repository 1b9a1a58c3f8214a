"""A sheet of paper and the marks on it; millimetres from its lower left corner, y upwards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

BLACK = "#000000"


@dataclass(frozen=True)
class Stroke:
    """How a line is drawn."""

    width_mm: float = 0.18
    """Its width on paper."""
    colour: str = BLACK
    """#rrggbb."""
    dash: tuple[float, ...] = ()
    """Lengths of strokes and gaps, millimetres; empty means one stroke."""


@dataclass(frozen=True)
class Shape:
    """A line, or an area."""

    points: Sequence[Point]
    """Its corners."""
    stroke: Stroke | None
    """Its line; None for an area without an edge."""
    fill: str | None = None
    """Colour of the area, #rrggbb."""
    closed: bool = False
    """Whether the last corner is joined to the first."""
    layer: str = "0"
    """Layer of a DXF, group of an SVG."""


@dataclass(frozen=True)
class Text:
    """One line of text; its place is the middle of its height, at the anchor."""

    x: float
    """Millimetres."""
    y: float
    """Millimetres."""
    text: str
    """What is written."""
    size_mm: float = 2.5
    """Height of the letters' body."""
    anchor: Anchor = "start"
    """Which part of it stands at x."""
    angle: float = 0.0
    """Degrees, counter-clockwise."""
    colour: str = BLACK
    """#rrggbb."""
    layer: str = "TEXT"
    """Layer of a DXF, group of an SVG."""


Mark = Shape | Text


@dataclass
class Sheet:
    """A sheet and what is drawn on it, in order: later marks lie on earlier ones."""

    width_mm: float
    """Width of the paper."""
    height_mm: float
    """Height of the paper."""
    title: str = ""
    """What it is, for the file's head."""
    marks: list[Mark] = field(default_factory=list)
    """What is drawn."""

    def line(self, *points: Point, stroke: Stroke | None = None, layer: str = "0") -> None:
        """Draw a line through points."""
        self.marks.append(Shape(points, stroke or Stroke(), layer=layer))

    def area(self, points: Iterable[Point], fill: str | None, stroke: Stroke | None = None, layer: str = "0") -> None:
        """Draw an area."""
        self.marks.append(Shape(tuple(points), stroke, fill, closed=True, layer=layer))

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str | None = None,
        stroke: Stroke | None = None,
        layer: str = "0",
    ) -> None:
        """Draw a rectangle by its lower left corner."""
        corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        self.area(corners, fill, stroke, layer)

    def ellipse(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str | None = None,
        stroke: Stroke | None = None,
        layer: str = "0",
    ) -> None:
        """Draw an ellipse by its middle, as a polygon of 48 corners, which every reader draws alike."""
        turns = [2 * math.pi * i / 48 for i in range(48)]
        corners = [(x + width / 2 * math.cos(turn), y + height / 2 * math.sin(turn)) for turn in turns]
        self.area(corners, fill, stroke, layer)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 2.5,
        anchor: Anchor = "start",
        angle: float = 0.0,
        colour: str = BLACK,
        layer: str = "TEXT",
    ) -> None:
        """Write a line of text; x is where its anchor stands, y the middle of its height."""
        self.marks.append(Text(x, y, text, size, anchor, angle, colour, layer))
