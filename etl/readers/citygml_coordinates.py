"""Coordinates of GML: from text to numbers, whatever element they stand in."""

from __future__ import annotations

import math
from typing import Protocol

from lxml import etree

from cim.etl.readers.citygml_names import local
from cim.etl.readers.cityjson_pieces import Fault

_COORDINATES = frozenset({"posList", "pos", "coordinates"})


class BadGeometry(Exception):
    """A geometry cannot be read; the city object that it belongs to is refused."""

    def __init__(self, code: str, reason: str) -> None:
        self.fault = Fault(code, reason)
        super().__init__(reason)


class Names(Protocol):
    """Takes note of names of CRSs."""

    def meet(self, name: str) -> None:
        """Take note of an srsName."""


class NoCrs:
    """Takes no note."""

    def meet(self, name: str) -> None:
        """Do nothing."""


class Coordinates:
    """The vertices of one member."""

    def __init__(self, names: Names) -> None:
        self.names = names
        """Takes note of the CRSs named."""
        self.numbers: list[float] = []
        """Coordinates of the vertices, three for each, in the order of the file."""
        self.flat = False
        """Whether some had no heights."""

    @property
    def count(self) -> int:
        """Vertices so far."""
        return len(self.numbers) // 3

    def dimension_of(self, element: etree._Element, dimension: int) -> int:
        """Return the dimension of an element's coordinates, and take note of its CRS."""
        name = element.get("srsName")
        if name:
            self.names.meet(name)
        given = element.get("srsDimension") or element.get("dimension")
        if given is None:
            return dimension
        if given not in ("2", "3"):
            raise BadGeometry("geometry.dimension", f"srsDimension is {given!r}")
        return int(given)

    def equal(self, one: int, other: int) -> bool:
        """Return whether two vertices are at the same place."""
        return self.numbers[3 * one : 3 * one + 3] == self.numbers[3 * other : 3 * other + 3]

    def vertices(self, element: etree._Element, dimension: int) -> list[int]:
        """Read the coordinates below an element, and return their vertices."""
        begin = self.count
        for child in element:
            name = local(child.tag)
            if name in _COORDINATES:
                own = self.dimension_of(child, dimension)
                text = _plain(child) if name == "coordinates" else child.text
                self._read(name, text or "", own)
            elif name in ("pointProperty", "pointRep"):
                for point in child:
                    self.vertices(point, self.dimension_of(point, dimension))
        return list(range(begin, self.count))

    def _read(self, name: str, text: str, dimension: int) -> None:
        """Read the numbers of a list of coordinates."""
        try:
            values = list(map(float, text.split()))
        except ValueError as error:
            raise BadGeometry("geometry.not_numbers", f"{name}: {error}") from error
        if len(values) % dimension:
            reason = f"{name} has {len(values)} numbers, which is not a multiple of {dimension}"
            raise BadGeometry("geometry.odd_coordinates", reason)
        # A sum is finite where all its parts are.
        if not math.isfinite(sum(values)):
            raise BadGeometry("geometry.not_finite", f"{name} holds NaN or infinity")
        if dimension == 2:
            self.flat = True
            values = [part for at in range(0, len(values), 2) for part in (values[at], values[at + 1], 0.0)]
        self.numbers += values


def _plain(element: etree._Element) -> str:
    """Return the text of a gml:coordinates of GML 2 as numbers with spaces between."""
    text = element.text or ""
    for sign in (element.get("cs", ","), element.get("ts", " ")):
        text = text.replace(sign, " ")
    decimal = element.get("decimal", ".")
    return text.replace(decimal, ".") if decimal != "." else text
