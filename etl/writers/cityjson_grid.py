"""The grid of a CityJSON file's vertices: whole numbers of steps from an origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim.etl.places import DECIMALS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PER_UNIT = 10**DECIMALS
_MILLIMETRE = _PER_UNIT // 1000
_DEGREE_STEP, _HEIGHT_STEP = 1e-9, 1e-3
"""Steps of files in degrees: a tenth of a millimetre on the ground, a millimetre of height."""


class OffGrid(Exception):
    """A vertex lies between the steps of the grid."""


@dataclass(frozen=True)
class Grid:
    """Scale and origin."""

    scale: tuple[float, float, float]
    """Units of the CRS in a step."""
    origin: tuple[float, float, float]
    """Where the steps are counted from, CRS."""
    exact: bool
    """Whether a vertex between the steps is an error."""

    def steps(self, points: Floats) -> Ints:
        """Return (n, 3) whole steps.

        Raises
        ------
        OffGrid
            The grid is exact and a point, to the micrometre, lies between its steps.
        """
        if not self.exact:
            steps: Ints = np.rint((points - self.origin) / self.scale).astype(np.int64)
            return steps
        micro, step = _micro(points) - _micro(np.array(self.origin)), _micro(np.array(self.scale))
        if (micro % step).any():
            raise OffGrid
        return micro // step


def _micro(numbers: Floats) -> Ints:
    """Return whole micrometres."""
    whole: Ints = np.rint(numbers * _PER_UNIT).astype(np.int64)
    return whole


def millimetre_grid(first: Floats) -> Grid:
    """Return the grid of millimetres that a vertex stands on, counted from the whole metre below it."""
    micro = _micro(first)
    origin = micro // _PER_UNIT * _PER_UNIT + micro % _MILLIMETRE
    x, y, z = (origin / _PER_UNIT).tolist()
    return Grid((1e-3, 1e-3, 1e-3), (x, y, z), exact=True)


def micrometre_grid(first: Floats) -> Grid:
    """Return the grid on which every stored coordinate stands."""
    x, y, z = np.floor(first).tolist()
    return Grid((1e-6, 1e-6, 1e-6), (x, y, z), exact=True)


def projected_grid(first: Floats, *, degrees: bool) -> Grid:
    """Return a grid for coordinates that were brought into another CRS, which lie anywhere."""
    x, y, z = np.floor(first).tolist()
    step = _DEGREE_STEP if degrees else _HEIGHT_STEP
    return Grid((step, step, _HEIGHT_STEP), (x, y, z), exact=False)
