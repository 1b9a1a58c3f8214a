"""Buildings that people do not live in: shops and offices, schools, health and care, industry and utilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cim.etl.sample.homes import old_town, slabs, towers
from cim.etl.sample.lots import SETBACK_M, Lot, Room

Builder = Callable[[Room, np.random.Generator, int], Iterator[Lot]]
"""Lays out the buildings of one block: land, random stream, year built."""


_SLENDEREST_M = 18.0
"""A tower narrower than this is not built."""


def commercial(room: Room, rng: np.random.Generator, _year: int) -> Iterator[Lot]:
    """Yield podium towers side by side: a shopping podium with an office, hotel or residential tower."""
    u, length, width = room.largest(130.0, 44.0)
    count = max(int(length // 58.0), 1)
    each = (length - 8.0 * (count - 1)) / count
    for index in range(count):
        usage = str(rng.choice(["commercial", "office", "hotel", "residential"], p=[0.3, 0.35, 0.15, 0.2]))
        plan = str(rng.choice(["rect", "octagon", "chamfer"]))
        size = min(float(rng.uniform(24, 34)), each - 8.0, width - 8.0)
        place = u - length / 2 + each / 2 + index * (each + 8.0)
        storeys, podium = int(rng.integers(18, 42)), int(rng.integers(3, 6))
        if size < _SLENDEREST_M:
            yield Lot(
                room.block, place, room.depth / 2, each, width, "rect", "parapet", podium, 4.5, "commercial", "shops"
            )
            continue
        yield Lot(
            room.block, place, room.depth / 2, size, size * 0.86, plan, "parapet_core", storeys, 3.6, usage,
            "podium_tower", (podium, each, width),
        )  # fmt: skip


def offices(room: Room, rng: np.random.Generator, _year: int) -> Iterator[Lot]:
    """Yield office blocks."""
    for y, left, right in room.strips(SETBACK_M + 3, 17.0, 13.0):
        count = max(int((right - left) // 46.0), 1)
        length = min((right - left - 9.0 * (count - 1)) / count, 42.0)
        for index in range(count if length > 16 else 0):
            yield Lot(
                room.block, left + length / 2 + index * (length + 9.0), y, length, 17.0,
                str(rng.choice(["rect", "h", "t"])), "parapet_core", int(rng.integers(7, 21)), 3.7,
                "office", "office",
            )  # fmt: skip


def campus(usage: str, storeys: int) -> Builder:
    """Return the builder of a school: classrooms along the head, a hall, the rest a sports ground."""

    def build(room: Room, _rng: np.random.Generator, _year: int) -> Iterator[Lot]:
        y = room.depth - SETBACK_M - 6.5
        left, right = room.span(y - 6.5, y + 6.5)
        length = min(right - left, 62.0)
        yield Lot(room.block, left + length / 2, y, length, 12.5, "comb", "parapet_core", storeys, 3.6, usage, "main")
        if right - left > length + 26:
            yield Lot(room.block, right - 11.0, y, 20.0, 13.0, "rect", "gabled", 2, 4.2, usage, "hall", turned=True)
        side_left, _ = room.span(SETBACK_M + 2, room.depth - 22)
        wing = min(room.depth - 26.0, 26.0)
        if wing > 12:
            yield Lot(
                room.block, side_left + 6.0, SETBACK_M + 3 + wing / 2, 11.0, wing, "rect", "parapet",
                max(storeys - 1, 2), 3.6, usage, "wing",
            )  # fmt: skip

    return build


def hospital(room: Room, _rng: np.random.Generator, _year: int) -> Iterator[Lot]:
    """Yield a ward tower on an outpatients' podium, and a wing."""
    u, length, width = room.largest(96.0, 46.0)
    yield Lot(
        room.block, u - length * 0.16, room.depth / 2, min(40.0, length * 0.5), 18.0, "t", "parapet_core", 15,
        3.8, "hospital", "main", (4, length * 0.62, width),
    )  # fmt: skip
    if length > 62:
        yield Lot(
            room.block, u + length * 0.36, room.depth / 2, length * 0.22, min(width, 34.0), "rect", "parapet",
            5, 3.8, "hospital", "wing",
        )  # fmt: skip


def single(usage: str, size: tuple[float, float], form: tuple[str, str, int, float]) -> Builder:
    """Return the builder of one building in the middle: size, then plan, roof, storeys and storey height."""
    plan, roof, storeys, storey_m = form

    def build(room: Room, _rng: np.random.Generator, _year: int) -> Iterator[Lot]:
        u, length, width = room.largest(*size)
        yield Lot(room.block, u, room.depth / 2, length, width, plan, roof, storeys, storey_m, usage, "main")

    return build


def sheds(usage: str, pitch: float, storey_m: float) -> Builder:
    """Return the builder of long gabled halls in rows."""

    def build(room: Room, rng: np.random.Generator, _year: int) -> Iterator[Lot]:
        for y, left, right in room.strips(SETBACK_M + 1, pitch, 8.0):
            length = min(right - left, float(rng.uniform(36, 64)))
            if length > 12:
                u = left + length / 2 + rng.uniform(0, max(right - left - length, 0.0))
                yield Lot(room.block, u, y, length, pitch, "rect", "gabled", 1, storey_m, usage, "hall")

    return build


def pavilion(room: Room, rng: np.random.Generator, _year: int) -> Iterator[Lot]:
    """Yield the small building of a park."""
    u, y = room.middle
    yield Lot(room.block, u + rng.uniform(-8, 8), y, 9.0, 7.0, "rect", "hipped", 1, 3.6, "public", "pavilion")


def nothing(_room: Room, _rng: np.random.Generator, _year: int) -> Iterator[Lot]:
    """Yield no building: wood, square, building site."""
    return iter(())


BUILDERS: dict[str, Builder] = {
    "old": old_town,
    "slab": slabs,
    "tower": towers,
    "commercial": commercial,
    "office": offices,
    "primary_school": campus("school", 4),
    "middle_school": campus("school", 5),
    "kindergarten": single("kindergarten", (32.0, 15.0), ("l", "parapet", 3, 3.6)),
    "hospital": hospital,
    "elderly_care": single("elderly_care", (40.0, 20.0), ("u", "parapet_core", 4, 3.3)),
    "culture": single("culture", (46.0, 30.0), ("octagon", "parapet", 4, 4.5)),
    "market": single("market", (54.0, 26.0), ("rect", "gabled", 2, 5.0)),
    "fire_station": single("fire_station", (34.0, 16.0), ("l", "parapet_core", 4, 3.8)),
    "substation": single("utility", (24.0, 14.0), ("rect", "parapet", 2, 4.5)),
    "energy": single("utility", (36.0, 22.0), ("rect", "parapet", 2, 6.0)),
    "waterworks": sheds("utility", 15.0, 6.0),
    "treatment": sheds("utility", 14.0, 5.0),
    "industrial": sheds("industrial", 20.0, 8.0),
    "sports": single("sports", (44.0, 26.0), ("rect", "gabled", 1, 9.0)),
    "park": pavilion,
    "square": nothing,
    "wood": nothing,
    "site": nothing,
}
"""Builder by use of block."""
