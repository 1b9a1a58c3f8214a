"""Buildings that people live in: old-town houses, slabs of the eighties and nineties, towers since."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cim.etl.sample.lots import SETBACK_M, Lot, Room


def old_town(room: Room, rng: np.random.Generator, _year: int) -> Iterator[Lot]:
    """Yield small pitched-roof houses in close rows along the contour, with a shop here and there."""
    low, lane = SETBACK_M, 0
    while True:
        depth = rng.uniform(7.4, 10.2)
        if low + depth > room.depth - SETBACK_M:
            return
        left, right = room.span(low, low + depth)
        u = left + rng.uniform(0.0, 1.5)
        while True:
            length = rng.uniform(7.0, 12.5)
            if u + length > right:
                break
            if rng.uniform() > 0.05:
                yield _house(room, rng, (u + length / 2, low + depth / 2, length, depth))
            u += length + rng.uniform(1.3, 2.4)
        lane += 1
        low += depth + (rng.uniform(1.5, 2.2) if lane % 2 else rng.uniform(3.2, 4.6))


def _house(room: Room, rng: np.random.Generator, box: tuple[float, float, float, float]) -> Lot:
    u, y, length, depth = box
    storeys = int(rng.choice([1, 2, 3, 4], p=[0.24, 0.42, 0.24, 0.10]))
    # A cheap rebuild in concrete has a flat roof.
    roofs = ["gabled", "hipped", "shed", "flat", "parapet"]
    weights = [0.50, 0.22, 0.08, 0.10, 0.10] if storeys < 4 else [0.25, 0.10, 0.0, 0.35, 0.30]
    roof = str(rng.choice(roofs, p=weights))
    frontage = y < 0.3 * room.depth and rng.uniform() < 0.16
    usage = "commercial" if frontage else "residential"
    return Lot(
        room.block, u, y, length - 0.3, depth - 0.3, "rect", roof, storeys,
        float(rng.uniform(2.9, 3.2)), usage, "house",
    )  # fmt: skip


def slabs(room: Room, rng: np.random.Generator, year: int) -> Iterator[Lot]:
    """Yield walk-up slabs in parallel rows; some flat roofs were given a pitch later."""
    depth = float(rng.uniform(11.0, 13.0))
    rows = max(int((room.depth - 2 * SETBACK_M + 15.0) // (depth + 15.0)), 1)
    gap = (room.depth - 2 * SETBACK_M - rows * depth) / max(rows - 1, 1) if rows > 1 else 0.0
    first = SETBACK_M if rows > 1 else max((room.depth - depth) / 2, SETBACK_M)
    storeys = int(rng.integers(6, 8)) if year < 1996 else int(rng.integers(7, 12))
    pitched = year < 1996 and rng.uniform() < 0.3
    plan = "rect" if pitched else str(rng.choice(["rect", "comb", "rect"]))
    for y, left, right in room.strips(first, depth, gap):
        yield from _slab_row(room, rng, (y, left, right, depth), (storeys, plan, pitched))


def _slab_row(
    room: Room,
    rng: np.random.Generator,
    strip: tuple[float, float, float, float],
    kind: tuple[int, str, bool],
) -> Iterator[Lot]:
    y, left, right, depth = strip
    storeys, plan, pitched = kind
    count = max(round((right - left) / 44.0), 1)
    length = (right - left - 8.0 * (count - 1)) / count
    if length < 14.0:
        return
    for index in range(count):
        roof = "hipped" if pitched else str(rng.choice(["parapet_core", "core", "parapet"]))
        yield Lot(
            room.block, left + length / 2 + index * (length + 8.0), y, length - rng.uniform(0.0, 4.0), depth,
            plan, roof, storeys + int(rng.integers(-1, 1)), 2.9, "residential", "slab",
        )  # fmt: skip


def towers(room: Room, rng: np.random.Generator, year: int) -> Iterator[Lot]:
    """Yield towers in two staggered rows, some on podiums with shops along the lower street."""
    plan = str(rng.choice(["cross", "h", "octagon", "butterfly", "rect"]))
    size = float(rng.uniform(21.0, 27.0)) if plan != "rect" else float(rng.uniform(24.0, 32.0))
    width = size * (1.0 if plan != "rect" else 0.58)
    tall = int(rng.integers(17, 34)) if year > 2005 else int(rng.integers(11, 20))
    rows = 2 if room.depth > 2 * width + 2 * SETBACK_M + 14 else 1
    podiums = rows == 1 and rng.uniform() < 0.55
    for row in range(rows):
        y = room.depth / 2 if rows == 1 else (SETBACK_M + 1 + width / 2, room.depth - SETBACK_M - 1 - width / 2)[row]
        left, right = room.span(y - width / 2, y + width / 2)
        count = int((right - left + 14.0) // (size + 14.0))
        for index in range(count):
            pitch = (right - left - size) / max(count - 1, 1)
            u = left + size / 2 + index * pitch if count > 1 else (left + right) / 2
            storeys = max(tall + int(rng.integers(-3, 4)), 9)
            podium = (int(rng.integers(2, 4)), size + 10.0, min(width + 14.0, room.depth - 2 * SETBACK_M))
            yield Lot(
                room.block, u, y, size, width, plan, "parapet_core", storeys, 3.0, "residential", "tower",
                podium if podiums and count < 4 else (0, 0.0, 0.0), turned=row == 1,
            )  # fmt: skip
