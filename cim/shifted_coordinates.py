"""GCJ-02 and BD-09: the shifted longitudes and latitudes of Chinese web maps, undone approximately.

The shift was never published; these are the formulas that everybody knows. They agree with the maps within a few
metres, so whatever comes through here is said to be approximate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Plane = tuple[Floats, Floats]

# Krasovsky 1940, which the formulas use whatever stands below.
_AXIS_M, _ECCENTRICITY2 = 6378245.0, 0.00669342162296594323
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_BD_TURN = np.pi * 3000.0 / 180.0
_TOLERANCE_DEG = 1e-11
_STEPS = 30


def _waves(x: Floats, terms: tuple[tuple[float, float], ...]) -> Floats:
    """Return two thirds of a sum of sines, each with its amplitude and half period."""
    return sum((size * np.sin(np.pi * x / half) for size, half in terms), np.zeros_like(x)) * (2.0 / 3.0)


def gcj02(longitude: Floats, latitude: Floats) -> Plane:
    """Return GCJ-02 degrees of WGS 84 degrees; outside China both are the same."""
    x, y = longitude - 105.0, latitude - 35.0
    ripple = _waves(x, ((20.0, 1 / 6), (20.0, 1 / 2)))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + ripple
    north = north + _waves(y, ((20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0)))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + ripple
    east = east + _waves(x, ((20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0)))
    sine = np.sin(np.radians(latitude))
    bend = 1.0 - _ECCENTRICITY2 * sine * sine
    north = np.degrees(north * bend * np.sqrt(bend) / (_AXIS_M * (1.0 - _ECCENTRICITY2)))
    east = np.degrees(east * np.sqrt(bend) / (_AXIS_M * np.cos(np.radians(latitude))))
    china = (longitude >= _WEST) & (longitude <= _EAST) & (latitude >= _SOUTH) & (latitude <= _NORTH)
    return np.where(china, longitude + east, longitude), np.where(china, latitude + north, latitude)


def bd09(longitude: Floats, latitude: Floats) -> Plane:
    """Return BD-09 degrees of WGS 84 degrees."""
    x, y = gcj02(longitude, latitude)
    length = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_TURN)
    return length * np.cos(angle) + 0.0065, length * np.sin(angle) + 0.006


def _undone(forward: Callable[[Floats, Floats], Plane], longitude: Floats, latitude: Floats) -> Plane:
    """Return what a shift leads from, by iteration: it is small, and changes slowly."""
    x, y = longitude, latitude
    with np.errstate(invalid="ignore"):
        for _ in range(_STEPS):
            east, north = forward(x, y)
            left_x, left_y = longitude - east, latitude - north
            x, y = x + left_x, y + left_y
            if not (np.maximum(np.abs(left_x), np.abs(left_y)) > _TOLERANCE_DEG).any():
                break
    return x, y


@dataclass(frozen=True)
class Shift:
    """A way of shifting WGS 84 that a source declares."""

    name: str
    """As `crs` in city.toml."""
    accuracy_m: float
    """How far off its undoing may be, metres: an estimate, as the true shift is not public."""
    forward: Callable[[Floats, Floats], Plane]
    """From WGS 84 degrees."""

    def undone(self, longitude: Floats, latitude: Floats) -> Plane:
        """Return WGS 84 degrees, longitudes first."""
        return _undone(self.forward, np.asarray(longitude, np.float64), np.asarray(latitude, np.float64))


_SHIFTS = {shift.name.replace("-", ""): shift for shift in (Shift("GCJ-02", 5.0, gcj02), Shift("BD-09", 10.0, bd09))}


def shift_named(crs: object) -> Shift | None:
    """Return the shift that a CRS's name means, however it is spelled; None: it means none."""
    if not isinstance(crs, str):
        return None
    spelled = crs.upper().replace("-", "").replace("_", "").replace(" ", "")
    return _SHIFTS.get("BD09" if spelled == "BD09LL" else spelled)
