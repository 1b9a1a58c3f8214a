"""Places as they are stored: on a grid of micrometres, in a CRS that is named by its code."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyproj

DECIMALS = 6
"""Digits after the point of a stored coordinate, metres: a micrometre, a thousandth of what the best files give.

A coordinate is a sum of steps and an origin, so that the same place has other last bits in a file with another
origin. Brought to the nearest micrometre it has the same bits, and what is exported and loaded again is unchanged.
"""


def on_grid(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return coordinates, metres, each the number nearest to a whole micrometre."""
    # What is too large to be rounded becomes infinite, which the checks refuse.
    with np.errstate(over="ignore"):
        return np.round(points, DECIMALS)


def length_m(course: npt.NDArray[np.float64]) -> float:
    """Return the length of a line of (n, 2) or (n, 3) points, metres, its slope included where they have heights."""
    return float(np.linalg.norm(np.diff(course, axis=0), axis=1).sum())


def stated_crs(crs: pyproj.CRS) -> str | None:
    """Return `EPSG:…` of a CRS; None: it has no code, as a local grid."""
    authority = crs.to_authority(min_confidence=100)
    return ":".join(authority) if authority else None
