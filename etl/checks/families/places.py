"""Where records are: outside the city, off the terrain, slivers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.families import Family
from cim.etl.checks.families.ranges import numbers_of
from cim.etl.checks.findings import Finding, Floats
from cim.etl.checks.register import tolerance
from cim.etl.checks.terrain import Terrain

_AREAS = [3, 6]
_FARTHEST_M = 1e8


def look(batch: Batch, context: Context) -> Iterator[Finding]:
    """Look at the places of a batch."""
    if "geom" not in batch.frame:
        return
    shapes = batch.frame["geom"].to_numpy(dtype=object)
    bounds = shapely.bounds(shapes)
    if context.extent is not None:
        yield from _outside(bounds, context.extent)
    areas = np.isin(shapely.get_type_id(shapes), _AREAS)
    if areas.any():
        yield from _slivers(shapes, areas)
    if context.terrain is not None and batch.theme == "building":
        yield from _buildings_off(batch, bounds, context.terrain)


def _outside(bounds: Floats, extent: tuple[float, float, float, float]) -> Iterator[Finding]:
    """Find what lies beyond the city's extent; what has no place or an impossible one is another check's."""
    west, south, east, north = extent
    with np.errstate(invalid="ignore"):
        beside = np.maximum(np.maximum(west - bounds[:, 2], bounds[:, 0] - east), 0)
        beyond = np.maximum(np.maximum(south - bounds[:, 3], bounds[:, 1] - north), 0)
        distance = np.hypot(beside, beyond)
        far = (distance > tolerance("geometry.outside_city", "beyond_m")) & (np.abs(bounds).max(axis=1) < _FARTHEST_M)
    rows = np.flatnonzero(far)
    if len(rows):
        yield Finding("geometry.outside_city", rows, {"distance": distance[rows]}, _middle(bounds[rows]))


def _slivers(shapes: npt.NDArray[np.object_], areas: npt.NDArray[np.bool_]) -> Iterator[Finding]:
    """Find areas that are long and have hardly a width."""
    with np.errstate(invalid="ignore", divide="ignore"):
        area, length = shapely.area(shapes), shapely.length(shapes)
        width = 2 * area / length
        rows = np.flatnonzero(areas & (area > 0) & (width < tolerance("geometry.sliver", "width_m")))
    # An outline that crosses itself has two halves that cancel: it is refused for that.
    rows = rows[shapely.is_valid(shapes[rows])]
    if len(rows):
        yield Finding(
            "geometry.sliver", rows, {"area": area[rows], "width": width[rows]}, _middle(shapely.bounds(shapes[rows]))
        )


def _middle(bounds: Floats) -> Floats:
    """Return the middle of each box."""
    return 0.5 * (bounds[:, :2] + bounds[:, 2:])


def _buildings_off(batch: Batch, bounds: Floats, terrain: Terrain) -> Iterator[Finding]:
    """Hold the ground of buildings against the terrain under the corners of their boxes.

    A part may stand on its building's podium: parts are left out.
    """
    lowest, highest = _stands(batch.frame)
    if np.isnan(lowest).all():
        return
    code = "building.off_terrain"
    corners = [terrain.at(bounds[:, x], bounds[:, y]) for x, y in ((0, 1), (2, 1), (2, 3), (0, 3))]
    heights = np.stack([*corners, terrain.at(*_middle(bounds).T)])
    with np.errstate(invalid="ignore"):
        above, below = lowest - heights.max(axis=0), highest - heights.min(axis=0)
        gap = np.where(above > 0, above, np.where(below < 0, below, 0.0))
        off = np.abs(gap) > tolerance(code, "gap_m")
    if "parent_key" in batch.frame:
        off &= batch.frame["parent_key"].isna().to_numpy()
    rows = np.flatnonzero(off)
    if len(rows):
        yield Finding(code, rows, {"gap": gap[rows]}, _middle(bounds[rows]))


def _stands(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the lowest and the highest ground that each building says it has, or else the foot of its block."""
    absent = np.full(len(frame), np.nan)
    least, most, foot = (
        numbers_of(frame[name]) if name in frame else absent
        for name in ("ground_min_m", "ground_max_m", "block_base_m")
    )
    # A foot at 0 is what a file without any ground gets: that is told once for the file, not for each building.
    foot = np.where(foot == 0, np.nan, foot)
    least = np.where(np.isnan(least), np.where(np.isnan(most), foot, most), least)
    return least, np.where(np.isnan(most), least, most)


FAMILY = Family(themes=None, batch=look)
