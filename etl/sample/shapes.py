"""Many geometries at once, and cells that are empty, with types that say so."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim.etl.sample.randomness import Bools, Floats, Ints

Shapes = npt.NDArray[np.object_]
"""Array of shapely geometries."""


def points(places: Floats) -> Shapes:
    """Return a point for each row, (n, 2 or 3)."""
    return np.asarray(shapely.points(places), dtype=object)


def lines(places: Floats, owner: Ints | None = None) -> Shapes:
    """Return lines: (n, m, 2 or 3), or rows gathered by the line that each belongs to."""
    return np.asarray(shapely.linestrings(places, indices=owner), dtype=object)


def polygons(rings: Floats) -> Shapes:
    """Return a polygon for each ring, (n, corners, 2)."""
    return np.asarray(shapely.polygons(rings), dtype=object)


def where_so(keep: Bools, values: Any) -> npt.NDArray[np.object_]:
    """Return values where they are to be given, None elsewhere."""
    out = np.full(len(keep), None, dtype=object)
    chosen = np.broadcast_to(np.asarray(values, dtype=object), len(keep))
    out[keep] = chosen[keep]
    return out
