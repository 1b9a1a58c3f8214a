"""Terrain: two rivers, their banks, terraced slopes with a bench for each street, knolls and wooded ridges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from cim.etl.sample.mapping import Mapping
from cim.etl.sample.plan import Plan
from cim.etl.sample.randomness import Floats, Waves, smoothstep, stream, waves
from cim.etl.sample.valley import (
    FIRST_ROW_M,
    HALF_RIVER_M,
    HALF_STREAM_M,
    Bank,
    Valley,
    crest,
    make_valley,
    pitch,
)

WATER_M = 162.0
"""Water level of the main river at u = 0, city height."""
BANK_M = 13.0
"""Height of the riverside street above the water."""
STREAM_FALL = 0.034
"""Fall of the second river, metres a metre."""

_RIVER_FALL = 0.0004
_EMBANKMENT_M = 42.0
_STREAM_BANK_M = 18.0
_VALLEY_SIDE_M = 460.0


@dataclass(frozen=True)
class Relief:
    """Ground heights of a planned city."""

    plan: Plan
    """The city before it was drawn."""
    mapping: Mapping
    """From planned to city coordinates."""

    def valley(self, number: int) -> Valley:
        """Return the valley of a river; it is drawn on first use."""
        return _valley(self.plan, number)

    def place(self, valley: Valley, u: Floats, c: Floats) -> tuple[Floats, Floats]:
        """Return easting and northing of points given by valley, u and c."""
        return self.mapping.world(np.asarray(u, dtype=float), valley.across(u, c))

    def height_at(self, x: Floats, y: Floats) -> Floats:
        """Return ground height (city height, metres) of points given by easting and northing."""
        u, v = self.mapping.planned(x, y)
        number = self.valley_number(v)
        height = np.empty(u.shape)
        for index in np.unique(number):
            mask = number == index
            valley = self.valley(int(index))
            height[mask] = self.height(valley, u[mask], valley.straighten(u[mask], v[mask]))
        return height

    def valley_number(self, v: Floats) -> Floats:
        """Return in which valley points lie: from southern ridge to northern ridge."""
        south = crest(self.plan.rows_south) + HALF_RIVER_M
        return np.floor((np.asarray(v, dtype=float) + south) / pitch(self.plan))

    def water_level(self, u: Floats) -> Floats:
        """Return the main river's water level, city height, metres."""
        return WATER_M - _RIVER_FALL * np.asarray(u, dtype=float)

    def stream_level(self, u: Floats, c: Floats) -> Floats:
        """Return the second river's water level: level with the main river at the confluence."""
        return self.water_level(u) + self._stream_rise(np.abs(c) - HALF_RIVER_M)

    def _stream_rise(self, q: Floats) -> Floats:
        """Return the second river's level above the main river: a steady fall below, a steep gully at its head."""
        end = crest(self.plan.rows_north)
        head = np.maximum(q - 0.66 * end, 0.0) / (0.34 * end)
        return STREAM_FALL * np.maximum(q - FIRST_ROW_M, 0.0) + 75.0 * head**2

    def height(self, valley: Valley, u: Floats, c: Floats) -> Floats:
        """Return ground height of points given by valley, u and c."""
        u, c = np.broadcast_arrays(np.asarray(u, dtype=float), np.asarray(c, dtype=float))
        water = self.water_level(u)
        bed = water - 6.0 * np.maximum(1.0 - (c / HALF_RIVER_M) ** 2, 0.0) - 0.4
        height = bed
        for bank in valley.banks:
            mask = (np.sign(c) == bank.side) & (np.abs(c) > HALF_RIVER_M)
            height = np.where(mask, bed + 0.4 + self._land(valley, bank, u, c), height)
        return height + self._texture(u, c)

    def _land(self, valley: Valley, bank: Bank, u: Floats, c: Floats) -> Floats:
        """Return the height of the land above the main river's water."""
        q = np.maximum(np.abs(c) - HALF_RIVER_M, 0.0)
        land = BANK_M * smoothstep(q / _EMBANKMENT_M) + self._slope(bank, u, q, c)
        if bank.side > 0:
            land = self._cut_stream(valley, u, q, land)
        return land

    def _slope(self, bank: Bank, u: Floats, q: Floats, c: Floats) -> Floats:
        level = bank.level(q)
        share = np.maximum(level - bank.rows_m[0], 0.0) / (bank.rows_m[-1] - bank.rows_m[0])
        # Two broad terraces: the slope is gentle near the river and half-way up, steep between.
        climb = bank.relief_m * (share - 0.036 * np.sin(4 * np.pi * share))
        swell = 1.0 + 0.17 * bank.swell(u) * smoothstep((q - 60.0) / 240.0)
        knolls = 6.5 * bank.knolls(u, c) * smoothstep((q - 100.0) / 220.0)
        ridge = smoothstep((q - (bank.crest_m - 100.0)) / 100.0)
        common = self._ridge_height(u) - BANK_M
        slope: Floats = (climb * swell + knolls) * (1.0 - ridge) + common * ridge
        return slope

    def _ridge_height(self, u: Floats) -> Floats:
        """Return the ridges' height above the river, the same seen from both valleys."""
        plan = self.plan
        rise = 12.2 * (plan.rows_north - 1) * 0.75 + 13.5 * (plan.rows_south - 1) * 0.4
        return BANK_M + rise + 22.0 + 14.0 * np.sin(2 * np.pi * u / 830.0) * np.cos(2 * np.pi * u / 1470.0)

    def _cut_stream(self, valley: Valley, u: Floats, q: Floats, land: Floats) -> Floats:
        """Return the land with the second river's valley cut into it."""
        water = self._stream_rise(q)
        far = np.abs(valley.from_stream(u)) - half_stream(q, valley.north.crest_m)
        side = min(_VALLEY_SIDE_M, 0.36 * valley.length_m)
        shoulder = np.minimum(land, water + BANK_M)
        lower = shoulder + (land - shoulder) * smoothstep((far - 30.0) / side)
        bed = water - 2.5 * np.clip(-far / HALF_STREAM_M, 0.0, 1.0) - 0.3
        inside = smoothstep(far / _STREAM_BANK_M)
        ridge = smoothstep((q - (valley.north.crest_m - 60.0)) / 60.0)
        cut = bed + (lower - bed) * inside
        return cut + (land - cut) * ridge

    def _texture(self, u: Floats, c: Floats) -> Floats:
        return 0.12 * _roughness(self.plan.seed)(u, c)


def half_stream(q: Floats, end_m: float) -> Floats:
    """Return the half width of the second river: it narrows towards its head."""
    return HALF_STREAM_M - 20.0 * smoothstep((q / end_m - 0.6) / 0.4)


@cache
def _valley(plan: Plan, number: int) -> Valley:
    return make_valley(plan, number)


@cache
def _roughness(seed: int) -> Waves:
    return waves(stream(seed, "roughness"), 5, 60.0, 170.0)


def make_relief(plan: Plan) -> Relief:
    """Lay the planned city round the origin of its grid."""
    middle_u = plan.length_m * plan.columns / 2
    low = -(crest(plan.rows_south) + HALF_RIVER_M)
    middle_v = low + pitch(plan) * plan.valleys / 2
    return Relief(plan, Mapping(middle_u, middle_v))
