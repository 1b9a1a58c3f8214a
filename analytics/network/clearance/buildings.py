"""Clearance from pipes to buildings; less than nothing is a building that stands on a pipe (占压)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.analytics.network.clearance.pieces import Lines
from cim.analytics.network.clearance.verdicts import Judged, judged
from cim.analytics.network.rules.tables import CLASSES, Rules

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_ENTERS_M = 0.5
"""A pipe that ends nearer than this to a wall, or inside, and nowhere else, serves the building."""
_FOOTPRINT_M = 0.05
"""Tolerance of a footprint: taken as surveyed like what is seen."""


@dataclass(frozen=True)
class NearBuildings:
    """Pipes and buildings near each other."""

    pipe: Integers
    """Place of the pipe in `Lines`."""
    building: Integers
    """Place of the building."""
    distance_m: Floats
    """From the axis to the footprint in plan; 0 where it lies below it."""
    at: Floats
    """(n, 2) place on the pipe nearest to the footprint."""
    enters: npt.NDArray[np.bool_]
    """The pipe ends at the building, or in it: it serves it."""


def pipe_shapes(lines: Lines) -> npt.NDArray[np.object_]:
    """Return each feature in plan as one geometry of all its pieces."""
    pieces = np.asarray(shapely.linestrings(np.stack([lines.start[:, :2], lines.end[:, :2]], axis=1)))
    whole = shapely.multilinestrings(pieces, indices=lines.owner)
    return np.asarray(whole)


def near_buildings(lines: Lines, footprints: npt.NDArray[np.object_], reach_m: Floats) -> NearBuildings:
    """Return the buildings within reach of each pipe.

    Parameters
    ----------
    lines
        Pipes.
    footprints
        Polygons in the city's CRS.
    reach_m
        Distance from the axis within which a building counts, by pipe.
    """
    shapes = pipe_shapes(lines)
    tree = shapely.STRtree(footprints)
    pipe, building = tree.query(shapes, predicate="dwithin", distance=reach_m)
    line, area = shapes[pipe], footprints[building]
    distance = shapely.distance(line, area)
    at = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(line, area), 0))
    return NearBuildings(pipe.astype(np.int64), building.astype(np.int64), distance, at, _enters(lines, pipe, area))


def _enters(lines: Lines, pipe: Integers, area: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Tell which pipes have a dead end at, or in, the building."""
    used = np.bincount(lines.ends.ravel(), minlength=1)
    out = np.zeros(len(pipe), dtype=np.bool_)
    first = np.flatnonzero(np.diff(lines.owner, prepend=-1))
    last = np.flatnonzero(np.diff(lines.owner, append=-1))
    for side, where in ((0, lines.start[first, :2]), (1, lines.end[last, :2])):
        dead = used[lines.ends[pipe, side]] == 1
        out |= dead & (shapely.distance(shapely.points(where[pipe]), area) <= _ENTERS_M)
    return out


def _level(lines: Lines) -> Floats:
    """Return the mean height of each feature's axis, metres."""
    middle = (lines.start[:, 2] + lines.end[:, 2]) / 2
    number = np.bincount(lines.owner, minlength=len(lines.feature_id))
    return np.asarray(np.bincount(lines.owner, middle, minlength=len(lines.feature_id)) / number)


def building_clearance(lines: Lines, buildings: pd.DataFrame, rules: Rules) -> Judged:
    """Judge the distance of each pipe to each building near it.

    Parameters
    ----------
    lines
        Pipes.
    buildings
        Rows of `clearance_buildings.sql`, `geom` as shapely polygons.
    rules
        What is asked for.
    """
    place = CLASSES.index("building")
    rule = rules.horizontal.index[lines.code, place, lines.larger.astype(np.int64)]
    asked = np.array([*(one.required_m for one in rules.horizontal.rules), np.nan])[rule]
    tolerance = np.hypot(lines.plan_m, _FOOTPRINT_M)
    reach = np.nan_to_num(asked + tolerance + lines.half_width_m, nan=0.0)
    found = near_buildings(lines, buildings["geom"].to_numpy(dtype=object), reach)
    kept = (rule[found.pipe] >= 0) & ~found.enters
    left_out: Mapping[str, int] = {"clearance_enters_building": int(np.count_nonzero(found.enters))}
    pipe, at = found.pipe[kept], found.at[kept]
    rows = {
        "feature_id": lines.feature_id[pipe],
        "other_id": buildings["feature_id"].to_numpy(dtype=np.int64)[found.building[kept]],
        "other_kind": np.full(len(pipe), place),
        "class_a": lines.code[pipe],
        "class_b": np.full(len(pipe), place),
        "measured_m": found.distance_m[kept] - lines.half_width_m[pipe],
        "tolerance_m": tolerance[pipe],
        "space_m": np.full(len(pipe), np.nan),
        "x": at[:, 0],
        "y": at[:, 1],
        "z": _level(lines)[pipe],
    }
    return judged("building", rows, rules.horizontal.rules, rule[pipe], left_out)
