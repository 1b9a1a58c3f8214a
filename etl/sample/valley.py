"""One river valley in planned coordinates: its street rows, and how contours bend round spurs and hollows.

`c` counts metres across the valley from the river's middle, positive to the north. A street row is a line
of constant `c`; the bend turns it into a winding contour.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cim.etl.sample.plan import Plan
from cim.etl.sample.randomness import Floats, Waves, smoothstep, stream, waves, waves_along
from cim.etl.sample.sections import SECTIONS

HALF_RIVER_M = 100.0
"""Half width of the main river."""
HALF_STREAM_M = 27.0
"""Half width of the second river, which joins from the north."""
FIRST_ROW_M = 60.0
"""Distance of the riverside street from the bank."""
ROW_PITCH_M = 80.0
"""Mean distance between street rows."""
CREST_M = 110.0
"""Wooded strip between the last street row and the ridge."""

_BEND_M = 46.0
_HOLLOW_M = 38.0
_ROW_CLASSES = ("arterial", "local", "local", "collector", "local", "local", "local", "collector")


def crest(rows: int) -> float:
    """Return the distance from bank to ridge on a side with so many street rows, metres."""
    return FIRST_ROW_M + ROW_PITCH_M * (rows - 1) + CREST_M


def pitch(plan: Plan) -> float:
    """Return the distance between neighbouring rivers, metres."""
    return crest(plan.rows_north) + crest(plan.rows_south) + 2 * HALF_RIVER_M


@dataclass(frozen=True)
class Bank:
    """One side of a valley."""

    side: int
    """1 north, -1 south."""
    rows_m: Floats
    """Distance of each street row from the bank's edge."""
    classes: tuple[str, ...]
    """Class of each street row."""
    crest_m: float
    """Distance of the ridge from the bank's edge."""
    relief_m: float
    """Rise from the bank's top to the last row."""
    bend: Waves
    """Winding of the contours along the river."""
    swell: Waves
    """Change of relief along the river."""
    knolls: Waves
    """Small hills."""

    @cached_property
    def across(self) -> Floats:
        """Coordinate `c` of each street row."""
        return self.side * (HALF_RIVER_M + self.rows_m)

    def level(self, q: Floats) -> Floats:
        """Return q with a level bench at each street row: what the slope climbs by."""
        bench = np.array([SECTIONS[name].bench_m for name in self.classes])
        low, high = self.rows_m - bench, self.rows_m + bench
        knots = np.column_stack([low, high]).ravel()
        values = np.repeat(self.rows_m, 2)
        knots = np.concatenate([[0.0], knots, [self.crest_m]])
        values = np.concatenate([[0.0], values, [self.crest_m]])
        result: Floats = np.interp(q, knots, values)
        return result


@dataclass(frozen=True)
class Valley:
    """A river with its two banks."""

    number: int
    """Place among the parallel rivers."""
    middle_v: float
    """Planned coordinate of the river's middle."""
    length_m: float
    """Length of a district along the river."""
    stream_share: float
    """Where in each district the second river joins, as a share of its length."""
    north: Bank
    """Northern bank, with the second river."""
    south: Bank
    """Southern bank."""

    @property
    def banks(self) -> tuple[Bank, Bank]:
        """The banks, north first."""
        return (self.north, self.south)

    def stream_u(self, column: Floats | int) -> Floats:
        """Return where the second river of each district column runs."""
        return (np.asarray(column, dtype=float) + self.stream_share) * self.length_m

    def from_stream(self, u: Floats) -> Floats:
        """Return the signed distance along the river to the nearest second river's middle."""
        return u - self.stream_u(np.floor(u / self.length_m))

    def across(self, u: Floats, c: Floats) -> Floats:
        """Return planned `v` of points given by u and c: the bend applied."""
        u, c = np.broadcast_arrays(np.asarray(u, dtype=float), np.asarray(c, dtype=float))
        shift = np.where(c >= 0, self._bend(self.north, u), self._bend(self.south, u))
        return self.middle_v + c + shift * self._fade(c)[0]

    def straighten(self, u: Floats, v: Floats) -> Floats:
        """Return c of planned points: the bend undone by Newton's method."""
        target = np.asarray(v, dtype=float) - self.middle_v
        north, south = self._bend(self.north, u), self._bend(self.south, u)
        c = target.copy()
        for _ in range(6):
            shift = np.where(c >= 0, north, south)
            fade, slope = self._fade(c)
            c = c - (c + shift * fade - target) / (1.0 + shift * slope)
        return c

    def _bend(self, bank: Bank, u: Floats) -> Floats:
        shift = _BEND_M * bank.bend(np.asarray(u, dtype=float))
        if bank.side > 0:
            # Contours run upstream where the second river has cut its valley.
            shift = shift + _HOLLOW_M * np.exp(-((self.from_stream(u) / 190.0) ** 2))
        return shift

    def _fade(self, c: Floats) -> tuple[Floats, Floats]:
        """Return the bend's weight and its slope: none at the river and at the ridges."""
        q = np.abs(c) - HALF_RIVER_M
        end = np.where(c >= 0, self.north.crest_m, self.south.crest_m)
        near, far = np.clip(q / 230.0, 0, 1), np.clip((end - q) / 170.0, 0, 1)
        rising, falling = smoothstep(near), smoothstep(far)
        slope = 6 * near * (1 - near) / 230.0 * falling - 6 * far * (1 - far) / 170.0 * rising
        return rising * falling, np.sign(c) * slope


def make_valley(plan: Plan, number: int) -> Valley:
    """Draw the valley of one river; every district on it sees the same."""
    rng = stream(plan.seed, "valley", number)
    # A short district has low hills, or its valleys would be cliffs.
    share_of_relief = float(np.clip(plan.length_m / 1150.0, 0.82, 1.0))
    north = _bank(rng, 1, plan.rows_north, 12.2 * share_of_relief)
    south = _bank(rng, -1, plan.rows_south, 13.5 * share_of_relief)
    share = float(rng.uniform(0.54, 0.60))
    return Valley(number, number * pitch(plan), plan.length_m, share, north, south)


def _bank(rng: np.random.Generator, side: int, rows: int, relief_per_row: float) -> Bank:
    gaps = rng.uniform(0.82, 1.18, rows - 1)
    gaps *= ROW_PITCH_M * (rows - 1) / gaps.sum()
    places = FIRST_ROW_M + np.concatenate([[0.0], np.cumsum(gaps)])
    classes = tuple(_ROW_CLASSES[index % len(_ROW_CLASSES)] if index else "arterial" for index in range(rows))
    if side < 0:
        classes = ("collector", *classes[1:])
    return Bank(
        side,
        places,
        tuple("local" if index and name == "arterial" else name for index, name in enumerate(classes)),
        crest(rows),
        relief_per_row * (rows - 1),
        waves_along(rng, 3, 420.0, 1250.0),
        waves_along(rng, 2, 1300.0, 2300.0),
        waves(rng, 4, 330.0, 720.0),
    )
