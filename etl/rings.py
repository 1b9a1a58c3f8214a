"""Many areas at once as flat arrays of rings, and writing bytes into many places at once.

What is written from these needs no geometry object for each ring, part or face.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim.etl.records import Geometries

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

HEAD = np.dtype([("order", "u1"), ("type", "<u4"), ("count", "<u4")])
"""How WKB begins a polygon or a multipolygon: byte order, type, number of rings or parts."""


@dataclass(frozen=True)
class Rings:
    """Rings, in the order of `shapely.get_coordinates`: shell before holes, part after part, area after area."""

    lengths: Ints
    """Points of each ring, the closing one included."""
    parts: Ints
    """Number of the part (polygon) that each ring belongs to, counted through all areas."""
    areas: Ints
    """Position of the area that each part belongs to."""

    def sums_by_part(self, values: Ints) -> Ints:
        """Sum a number of each ring over the rings of each part."""
        return np.bincount(self.parts, values, len(self.areas)).astype(np.int64)

    def sums_by_area(self, values: Ints, count: int) -> Ints:
        """Sum a number of each part over the parts of each of `count` areas."""
        return np.bincount(self.areas, values, count).astype(np.int64)


def rings_of(areas: Geometries) -> Rings:
    """Return the rings of polygons and multipolygons.

    Parameters
    ----------
    areas
        (n,) polygons or multipolygons, none empty or missing.
    """
    if (shapely.get_type_id(areas) == 3).all():
        polygons, owner = areas, np.arange(len(areas))
    else:
        polygons, owner = shapely.get_parts(areas, return_index=True)
    count = 1 + shapely.get_num_interior_rings(polygons)
    parts = np.repeat(np.arange(len(polygons)), count)
    lengths = np.repeat(shapely.get_num_coordinates(polygons), count).astype(np.int64)
    pierced = count > 1
    if pierced.any():
        lengths[pierced[parts]] = shapely.get_num_coordinates(shapely.get_rings(polygons[pierced]))
    return Rings(lengths, parts, owner.astype(np.int64))


def unwrapped(geometry: Geometries) -> Geometries:
    """Return multipolygons of one part as the polygons that they are, which are handled with less ado."""
    alone = (shapely.get_type_id(geometry) == 6) & (shapely.get_num_geometries(geometry) == 1)
    if not alone.any():
        return geometry
    out = geometry.copy()
    out[alone] = shapely.get_geometry(geometry[alone], 0)
    return out


def starts(lengths: Ints) -> Ints:
    """Return where each of several runs begins when they stand one behind the other."""
    out: Ints = np.cumsum(lengths) - lengths
    return out


def within(lengths: Ints) -> Ints:
    """Return the numbers 0, 1, … of the items in each of several runs."""
    out: Ints = np.arange(int(lengths.sum())) - np.repeat(starts(lengths), lengths)
    return out


def heads(kind: int, counts: Ints) -> npt.NDArray[Any]:
    """Return how WKB begins polygons or multipolygons."""
    out = np.empty(len(counts), dtype=HEAD)
    out["order"], out["type"], out["count"] = 1, kind, counts
    return out


def scatter(out: Bytes, places: Ints, rows: npt.NDArray[Any]) -> Ints:
    """Write rows of bytes, each at its place; return all places written, one row each."""
    everywhere: Ints = places[:, None] + np.arange(rows.dtype.itemsize)
    out[everywhere] = rows.view(np.uint8).reshape(everywhere.shape)
    return everywhere
