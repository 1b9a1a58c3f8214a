"""What a report is made of, whichever file it is written to: headings, paragraphs, tables and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

from cim.analytics.examination.register import Words
from cim.sheets import Sheet

FIGURE_MM = 88.0
"""Width of a figure of which two stand side by side, millimetres."""
WIDE_MM = 182.0
"""Width of a figure that stands alone."""


@dataclass(frozen=True)
class Heading:
    """A heading; the contents list those of the first two depths."""

    text: Words
    """What it says."""
    depth: int = 1
    """1 chapter, 2 section, 3 below it."""
    anchor: str = ""
    """Name that links lead to; unique in the report."""
    number: str = ""
    """Given by `numbered`."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    text: Words
    """What it says."""
    kind: Literal["body", "lead", "note", "warning", "item"] = "body"
    """How it is set: lead is larger, note smaller, a warning stands out, an item has a bullet."""


@dataclass(frozen=True)
class Cell:
    """A cell of a table."""

    text: Words
    """What it says."""
    grade: str | None = None
    """Grade whose colour it has."""
    anchor: str = ""
    """Where it leads to."""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    title: Words
    """Its head."""
    width: float
    """In shares of the table's width."""
    number: bool = False
    """Numbers stand right."""
    minor: bool = False
    """Left out where the page is narrow, such as a phone's."""


@dataclass(frozen=True)
class Table:
    """A table with its caption above it."""

    caption: Words
    """What it shows."""
    columns: Sequence[Column]
    """Its columns."""
    rows: Sequence[Sequence[Cell]]
    """Its cells by row."""
    number: int = 0
    """Given by `numbered`."""


@dataclass(frozen=True)
class Facts:
    """Names and what is said of each, in two columns without a caption."""

    rows: Sequence[tuple[Words, Cell]]
    """Name, and what is said."""


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption below it."""

    caption: Words
    """What it shows."""
    draw: Callable[[str], Sheet]
    """Draws it in a language."""
    number: int = 0
    """Given by `numbered`."""


@dataclass(frozen=True)
class Figures:
    """One figure across the page, or two side by side."""

    figures: Sequence[Figure]
    """From left to right."""


@dataclass(frozen=True)
class Tiles:
    """Numbers that are seen first, each with its name."""

    tiles: Sequence[tuple[str, Words, str | None]]
    """Number, name and the grade whose colour it has."""


@dataclass(frozen=True)
class Together:
    """Blocks that stay on one page as far as they fit."""

    blocks: Sequence[Block]
    """In order."""


@dataclass(frozen=True)
class NewPage:
    """A new page begins."""


Block = Heading | Paragraph | Table | Facts | Figures | Tiles | Together | NewPage


@dataclass
class _Counts:
    """Numbers given so far."""

    headings: list[int] = field(default_factory=lambda: [0, 0, 0])
    figures: int = 0
    tables: int = 0

    def give(self, block: Block) -> Block:
        """Return the block with its number."""
        match block:
            case Heading(depth=depth):
                self.headings[depth - 1] += 1
                self.headings[depth:] = [0] * (3 - depth)
                return replace(block, number=".".join(map(str, self.headings[:depth])) if depth < 3 else "")
            case Table():
                self.tables += 1
                return replace(block, number=self.tables)
            case Figures(figures=figures):
                return Figures([self._figure(figure) for figure in figures])
            case Together(blocks=blocks):
                return Together([self.give(inner) for inner in blocks])
        return block

    def _figure(self, figure: Figure) -> Figure:
        self.figures += 1
        # Drawn once in each language, however many files show it.
        return replace(figure, number=self.figures, draw=cache(figure.draw))


def numbered(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks with chapters, tables and figures numbered in their order."""
    counts = _Counts()
    return [counts.give(block) for block in blocks]


def flat(blocks: Iterable[Block]) -> Iterable[Block]:
    """Yield every block, also those that stay together."""
    for block in blocks:
        if isinstance(block, Together):
            yield from flat(block.blocks)
        else:
            yield block
