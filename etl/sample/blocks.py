"""Blocks between the streets of one district: their shape, slope and place, before anyone builds on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cim.etl.sample.randomness import Bools, Floats, Ints
from cim.etl.sample.relief import Relief
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.shapes import Shapes, polygons
from cim.etl.sample.streets import Streets, climb_course
from cim.etl.sample.valley import HALF_RIVER_M

STEPS = 13
"""Levels up a block at which its sides are known."""


@dataclass(frozen=True)
class Blocks:
    """Blocks as arrays, one entry a block; planned metres."""

    side: Ints
    """Bank: 1 north, -1 south."""
    band: Ints
    """Band, counted from the river."""
    order: Ints
    """Place in the band, downstream."""
    old: Bools
    """Whether it is old town."""
    c_low: Floats
    """Coordinate `c` of the row at the foot."""
    c_high: Floats
    """Coordinate `c` of the row at the head."""
    inset_low: Floats
    """Half width of the street at the foot."""
    inset_high: Floats
    """Half width of the street at the head."""
    left: Floats
    """(n, STEPS): u of the left-hand street's middle, foot to head."""
    right: Floats
    """(n, STEPS): u of the right-hand street's middle."""
    inset_left: Floats
    """(n, STEPS): u from the left street's middle to its red line."""
    inset_right: Floats
    """(n, STEPS): u from the right street's middle to its red line."""
    slope: Floats
    """Steepest mean grade from edge to edge."""
    height: Floats
    """Ground height in the middle."""
    from_stream: Floats
    """Distance along the river to the second river, metres."""

    def __len__(self) -> int:
        return len(self.side)

    @property
    def middle_u(self) -> Floats:
        """Planned u of the middle."""
        middle: Floats = (self.left[:, STEPS // 2] + self.right[:, STEPS // 2]) / 2
        return middle

    @property
    def middle_c(self) -> Floats:
        """Planned c of the middle."""
        return (self.c_low + self.c_high) / 2

    @property
    def depth(self) -> Floats:
        """Depth between red lines, metres."""
        return np.abs(self.c_high - self.c_low) - self.inset_low - self.inset_high

    @property
    def area(self) -> Floats:
        """Area between red lines, square metres."""
        wide = self.right - self.left - self.inset_left - self.inset_right
        area: Floats = wide.mean(axis=1) * self.depth
        return area

    @property
    def from_river(self) -> Floats:
        """Distance of the middle from the main river's bank, metres."""
        return np.abs(self.middle_c) - HALF_RIVER_M


def find_blocks(relief: Relief, streets: Streets) -> Blocks:
    """Return the blocks that the streets of a district enclose."""
    parts = [_band_blocks(streets, index) for index in range(len(streets.bands))]
    keys = parts[0].keys()
    columns = {key: np.concatenate([part[key] for part in parts]) for key in keys}
    valley = streets.valley
    left, right = columns["left"], columns["right"]
    c_low, c_high = columns["c_low"], columns["c_high"]
    middle_u, middle_c = (left[:, STEPS // 2] + right[:, STEPS // 2]) / 2, (c_low + c_high) / 2
    low, high = (relief.height(valley, (left[:, i] + right[:, i]) / 2, c) for i, c in ((0, c_low), (-1, c_high)))
    west, east = (relief.height(valley, side[:, STEPS // 2], middle_c) for side in (left, right))
    width = right[:, STEPS // 2] - left[:, STEPS // 2]
    slope = np.hypot((high - low) / np.abs(c_high - c_low), (east - west) / width)
    return Blocks(
        **columns,
        slope=slope,
        height=relief.height(valley, middle_u, middle_c),
        from_stream=np.where(columns["side"] > 0, np.abs(valley.from_stream(middle_u)), np.inf),
    )


def _band_blocks(streets: Streets, index: int) -> dict[str, Floats | Ints | Bools]:
    band = streets.bands[index]
    pairs = streets.climb_nodes[band.bank.side, band.row]
    nodes, share = streets.nodes, np.linspace(0.0, 1.0, STEPS)
    c_low, c_high = float(band.bank.across[band.row]), float(band.bank.across[band.row + 1])
    span = abs(c_high - c_low)
    low, high = SECTIONS[band.bank.classes[band.row]], SECTIONS[band.bank.classes[band.row + 1]]
    along = climb_course(share, np.array(low.bench_m / span), np.array(1 - high.bench_m / span))
    course = nodes.u[pairs[:, :1]] + along * (nodes.u[pairs[:, 1:]] - nodes.u[pairs[:, :1]])
    half = np.array([SECTIONS[str(name)].half_m for name in band.road_class])
    # Measured along the river a slanting street is wider than across itself.
    slant = np.hypot(1.0, np.gradient(course, share * span, axis=1))
    inset = half[:, None] * slant
    here = np.flatnonzero(band.open_after[:-1])
    return {
        "side": np.full(len(here), band.bank.side),
        "band": np.full(len(here), band.row),
        "order": np.arange(len(here)),
        "old": band.old[here],
        "c_low": np.full(len(here), c_low),
        "c_high": np.full(len(here), c_high),
        "inset_low": np.full(len(here), low.half_m),
        "inset_high": np.full(len(here), high.half_m),
        "left": course[here],
        "right": course[here + 1],
        "inset_left": inset[here],
        "inset_right": inset[here + 1],
    }


def outlines(relief: Relief, streets: Streets, blocks: Blocks, *, to_middle: bool) -> Shapes:
    """Return each block's polygon: between red lines, or to the middles of its streets."""
    keep = 0.0 if to_middle else 1.0
    span = np.abs(blocks.c_high - blocks.c_low)[:, None]
    low, high = keep * blocks.inset_low[:, None], keep * blocks.inset_high[:, None]
    level = (low + np.linspace(0.0, 1.0, STEPS) * (span - low - high)) / span
    c = blocks.c_low[:, None] + level * (blocks.c_high - blocks.c_low)[:, None]
    left = _at_levels(blocks.left + keep * blocks.inset_left, level)
    right = _at_levels(blocks.right - keep * blocks.inset_right, level)
    middle = [left + (right - left) * s for s in np.linspace(0, 1, 9)[1:-1]]
    foot = np.stack([m[:, 0] for m in middle], axis=1)
    head = np.stack([m[:, -1] for m in middle], axis=1)
    u = np.concatenate([foot, right, head[:, ::-1], left[:, ::-1]], axis=1)
    c = np.concatenate([np.repeat(c[:, :1], 7, 1), c, np.repeat(c[:, -1:], 7, 1), c[:, ::-1]], axis=1)
    x, y = relief.place(streets.valley, u, c)
    return polygons(np.stack([x, y], axis=-1))


def _at_levels(sides: Floats, level: Floats) -> Floats:
    """Return values known at STEPS equal levels (foot 0, head 1) at other levels, row by row."""
    at = level * (STEPS - 1)
    below = np.clip(np.floor(at).astype(np.int64), 0, STEPS - 2)
    first, second = (np.take_along_axis(sides, below + more, axis=1) for more in (0, 1))
    values: Floats = first + (at - below) * (second - first)
    return values
