"""Where the records of one batch lie, as told of them to whoever looks at the whole source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

Floats = npt.NDArray[np.float64]
Box: TypeAlias = "tuple[float, float, float, float]"
"""West, south, east, north, the city's CRS, metres."""

SAMPLE = 256
"""About as many middles are kept of a batch."""


@dataclass(frozen=True)
class Seen:
    """Where the records of a batch lie."""

    located: int
    """Records that have a place."""
    outside: int
    """Those of them that lie outside the city."""
    box: Floats
    """(4,) Extent of all, city CRS, metres."""
    middles: Floats
    """(n, 2) Middles of some."""


def seen_in(frame: pd.DataFrame, city: Box | None) -> Seen | None:
    """Return where the records of a frame lie; None: nowhere, or the city may lie anywhere.

    Parameters
    ----------
    frame
        Records; `geom` holds their geometries in the city's CRS.
    city
        Where the city is; None: not known.
    """
    if city is None or "geom" not in frame:
        return None
    shapes = frame["geom"].to_numpy(dtype=object)
    bounds = shapely.bounds(shapes)
    apart = _apart(bounds, city)
    bounds[apart] = _sound(shapes[apart])
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return None
    some = bounds[:: max(1, len(bounds) // SAMPLE)]
    return Seen(
        located=len(bounds),
        outside=int(_apart(bounds, city).sum()),
        box=np.concatenate([bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)]),
        middles=(some[:, :2] + some[:, 2:]) / 2,
    )


def _sound(shapes: npt.NDArray[np.object_]) -> Floats:
    """Return the boxes of shapes, NaN where a coordinate is none: GEOS passes it over, the checks refuse the record."""
    coordinates, index = shapely.get_coordinates(shapes, return_index=True)
    bounds: Floats = shapely.bounds(shapes)
    bounds[index[~np.isfinite(coordinates).all(axis=1)]] = np.nan
    return bounds


def _apart(bounds: Floats, city: Box) -> npt.NDArray[np.bool_]:
    """Tell which boxes lie outside the city."""
    west, south, east, north = city
    outside: npt.NDArray[np.bool_] = (
        (bounds[:, 0] > east) | (bounds[:, 2] < west) | (bounds[:, 1] > north) | (bounds[:, 3] < south)
    )
    return outside
