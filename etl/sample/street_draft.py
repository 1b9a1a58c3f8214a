"""Junctions and edges while they are gathered, before they have a height."""

from __future__ import annotations

from cim.etl.sample.plan import District
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.valley import Bank, Valley


class Draft:
    """Nodes and edges while they are gathered."""

    def __init__(self, valley: Valley, district: District) -> None:
        self.valley, self.district = valley, district
        self.u: list[float] = []
        self.c: list[float] = []
        self.owner: list[int] = []
        self.number: list[int] = []
        self.row_class: list[str] = []
        self.climb_class: list[str] = []
        self.edges: list[tuple[int, int, str, str, int, int]] = []
        self.shared = 2 * (len(valley.north.rows_m) + len(valley.south.rows_m))
        self.free = self.shared

    def node(self, bank: Bank, row: int, u: float, owner: int, number: int | None) -> int:
        """Add a junction on a row; without a number it takes the next free one."""
        if number is None:
            number, self.free = self.free, self.free + 1
        self.u.append(u)
        self.c.append(float(bank.across[row]))
        self.owner.append(owner)
        self.number.append(number)
        self.row_class.append(bank.classes[row])
        self.climb_class.append("steps")
        return len(self.u) - 1

    def edge(self, start: int, end: int, kind: str, road_class: str, row: int, side: int) -> None:
        """Add an edge; a climbing street widens the corners it meets."""
        if kind != "row" and road_class != "steps":
            for node in (start, end):
                if SECTIONS[road_class].rank > SECTIONS[self.climb_class[node]].rank:
                    self.climb_class[node] = road_class
        self.edges.append((start, end, kind, road_class, row, side))
