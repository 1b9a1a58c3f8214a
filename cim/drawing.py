"""What layers, legends and reports draw alike: the colours of pipe networks.

The table stands in `pipe_colours.csv`: the class colours of CJJ 61-2017, whose one drainage brown is kept for sewage;
storm and combined sewers have tints of our own beside it, so that the three are told apart.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType


@dataclass(frozen=True)
class PipeColour:
    """How one network is drawn and called."""

    network: str
    """Network, one of `cim.schema.pipe.NETWORKS`."""
    class_code: str
    """Class or sub-class code of CJJ 61-2017."""
    title_zh: str
    """Name in Chinese."""
    title_en: str
    """Name in English."""
    red: int
    """sRGB 0..255, as the next two."""
    green: int
    """sRGB 0..255."""
    blue: int
    """sRGB 0..255."""
    basis: str
    """Where the colour comes from: the standard's class colour, or a tint of our own."""

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Return red, green and blue, 0..255."""
        return self.red, self.green, self.blue

    @property
    def hex(self) -> str:
        """Return the colour as a style sheet writes it."""
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


@cache
def pipe_colours() -> MappingProxyType[str, PipeColour]:
    """Return the colour of each network, by its name and in the order of CJJ 61's classes."""
    table = (resources.files("cim") / "pipe_colours.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["network"]: _colour(row) for row in csv.DictReader(table.splitlines())})


def _colour(row: dict[str, str]) -> PipeColour:
    red, green, blue = (int(row[name]) for name in ("red", "green", "blue"))
    return PipeColour(
        row["network"], row["class_code"], row["title_zh"], row["title_en"], red, green, blue, row["basis"]
    )
