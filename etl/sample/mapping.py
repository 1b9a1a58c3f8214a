"""From the straight coordinates in which a city is planned to the winding ones in which it lies, and back.

Planned: `u` along the rivers, `v` across them. The map is two shears and a turn, so it keeps areas, never
folds, and has an exact inverse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cim.etl.sample.randomness import Floats

ORIGIN = (505_814.0, 3_271_341.0)
"""Easting and northing of the city's middle: about 106.56 E, 29.56 N in the city's grid."""

_TURN = np.radians(-11.0)
_ALONG = ((58.0, 1730.0, 0.6), (16.0, 690.0, 2.1))
_ACROSS = ((42.0, 1310.0, 4.0), (14.0, 560.0, 1.0))


def _wave(terms: tuple[tuple[float, float, float], ...], x: Floats) -> Floats:
    total = np.zeros_like(x)
    for amplitude, length, phase in terms:
        total += amplitude * np.sin(2 * np.pi * x / length + phase)
    return total


@dataclass(frozen=True)
class Mapping:
    """The map between planned (u, v) and city (x, y) coordinates, metres."""

    middle_u: float
    """Planned coordinate that comes to lie on the origin."""
    middle_v: float
    """Planned coordinate that comes to lie on the origin."""

    def world(self, u: Floats, v: Floats) -> tuple[Floats, Floats]:
        """Return easting and northing of planned points."""
        u, v = np.asarray(u, dtype=float) - self.middle_u, np.asarray(v, dtype=float) - self.middle_v
        x = u + _wave(_ACROSS, v)
        y = v + _wave(_ALONG, x)
        cos, sin = np.cos(_TURN), np.sin(_TURN)
        return ORIGIN[0] + cos * x - sin * y, ORIGIN[1] + sin * x + cos * y

    def planned(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return u and v of points given by easting and northing."""
        east, north = np.asarray(x, dtype=float) - ORIGIN[0], np.asarray(y, dtype=float) - ORIGIN[1]
        cos, sin = np.cos(_TURN), np.sin(_TURN)
        x, y = cos * east + sin * north, -sin * east + cos * north
        v = y - _wave(_ALONG, x)
        u = x - _wave(_ACROSS, v)
        return u + self.middle_u, v + self.middle_v
