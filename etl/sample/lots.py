"""A lot is a building before it has a shape; a room is the building land of one block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cim.etl.sample.blocks import STEPS, Blocks
from cim.etl.sample.randomness import Floats
from cim.etl.sample.valley import HALF_RIVER_M

SETBACK_M = 2.2
"""Least distance of a building from the red line."""


class Lot(NamedTuple):
    """Place, plan and use of one building; metres in planned coordinates."""

    block: int
    """Block it stands in."""
    u: float
    """Planned u of its middle."""
    y: float
    """Distance of its middle from the red line at the block's foot."""
    length: float
    """Size along the contour."""
    width: float
    """Size up the slope."""
    plan: str
    """Ground plan, a name in `plans.PLANS`."""
    roof: str
    """flat, parapet, core, parapet_core, gabled, hipped or shed."""
    storeys: int
    """Storeys above the street."""
    storey_m: float
    """Storey height."""
    usage: str
    """Use, as in the register."""
    role: str = ""
    """What it is in its block: main, hall, …"""
    podium: tuple[int, float, float] = (0, 0.0, 0.0)
    """Storeys, length and width of a podium under it; 0 storeys: none."""
    turned: bool = False
    """Turned half round: what faced the foot faces the head."""


@dataclass(frozen=True)
class Room:
    """Building land of one block: how far it reaches at each distance from its foot."""

    block: int
    """Index of the block."""
    depth: float
    """From red line to red line up the slope."""
    levels: Floats
    """Distances from the foot at which the sides are known."""
    left: Floats
    """u of the left-hand red line there."""
    right: Floats
    """u of the right-hand red line there."""

    def span(self, low: float, high: float) -> tuple[float, float]:
        """Return the u between which a strip from low to high can be built on."""
        at = np.array([low, (low + high) / 2, high])
        left = float(np.interp(at, self.levels, self.left).max()) + SETBACK_M
        return left, float(np.interp(at, self.levels, self.right).min()) - SETBACK_M

    def strips(self, first: float, depth: float, gap: float) -> Iterator[tuple[float, float, float]]:
        """Yield middle, left and right of strips of a depth, from the foot upwards."""
        low = first
        while low + depth <= self.depth - SETBACK_M + 1e-9:
            yield (low + depth / 2, *self.span(low, low + depth))
            low += depth + gap

    @property
    def middle(self) -> tuple[float, float]:
        """Middle of the land: u and distance from the foot."""
        left, right = self.span(self.depth / 2, self.depth / 2)
        return (left + right) / 2, self.depth / 2

    def largest(self, wide: float, deep: float) -> tuple[float, float, float]:
        """Return u, length and width of the largest rectangle in the middle, up to a size."""
        width = min(deep, self.depth - 2 * SETBACK_M)
        left, right = self.span(self.depth / 2 - width / 2, self.depth / 2 + width / 2)
        return (left + right) / 2, min(wide, right - left), width


def room(blocks: Blocks, index: int) -> Room:
    """Return the building land of a block."""
    span = abs(blocks.c_high[index] - blocks.c_low[index])
    levels = np.linspace(0.0, 1.0, STEPS) * span - blocks.inset_low[index]
    return Room(
        index,
        float(blocks.depth[index]),
        levels,
        blocks.left[index] + blocks.inset_left[index],
        blocks.right[index] - blocks.inset_right[index],
    )


def lot_c(blocks: Blocks, block: Floats, y: Floats) -> Floats:
    """Return planned `c` of distances from the foot of blocks."""
    index = block.astype(np.int64)
    c: Floats = blocks.side[index] * (np.abs(blocks.c_low[index]) + blocks.inset_low[index] + y)
    return c


def from_bank(blocks: Blocks, index: int) -> float:
    """Return the distance of a block's foot from the river's edge, metres."""
    return float(abs(blocks.c_low[index]) - HALF_RIVER_M)
