"""Checks of points: on no line, with the wrong number of lines, twice at one place, with pipes that do not meet."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cim.etl.checks.findings import Finding, Floats, Ints
from cim.etl.checks.pipe_rows import Bools
from cim.etl.checks.pipe_tables import Pipes
from cim.etl.checks.register import tolerance
from cim.etl.checks.terrain import Terrain

_BRANCHES = {"三": 3, "四": 4, "tee": 3, "cross": 4}
_FITTINGS = ("junction", "tee", "cross", "bend", "reducer", "coupling")
_ONE_PIECE = ("water", "gas", "heat")
"""Networks of pipes under pressure, whose fittings are one piece."""


def orphans(pipes: Pipes) -> Iterator[Finding]:
    """Points on no line; a source of points alone says nothing of lines."""
    rows = np.flatnonzero(pipes.degree == 0) if len(pipes.lines) else np.empty(0, dtype=np.int64)
    yield Finding("point.orphan", rows, {}, pipes.points.ends[rows, 0, :2])


def branches(pipes: Pipes) -> Iterator[Finding]:
    """Tees without three lines, crosses without four; by the feature as surveyed, else by the kind."""
    feature = pd.Series(pipes.points.word("feature_raw"), dtype=object)
    text = feature.astype("str")
    said = text.str.slice(0, 1).map(_BRANCHES).where(text.str.slice(1, 2).isin(["通", "分"]))
    kind = pd.Series(pipes.points.word("kind"), dtype=object)
    wanted = said.where(feature.notna(), kind.map(_BRANCHES)).to_numpy(dtype=np.float64)
    surveyed = _touched(pipes, pipes.surveyed)
    rows = np.flatnonzero(np.isfinite(wanted) & surveyed & (pipes.degree > 0) & (pipes.degree != wanted))
    named = feature.where(feature.notna(), kind).to_numpy(dtype=object)
    values = {"feature": named[rows], "lines": pipes.degree[rows]}
    yield Finding("point.branches", rows, values, pipes.points.ends[rows, 0, :2])


def coincident(pipes: Pipes) -> Iterator[Finding]:
    """Two points of one network at one place; told with the later one."""
    points = pipes.points
    places = points.ends[:, 0, :2]
    there = np.flatnonzero(np.isfinite(places).all(axis=1))
    reach = tolerance("point.coincident", "distance_m")
    pairs = _near(places[there], reach)
    one, other = there[pairs.max(axis=1)], there[pairs.min(axis=1)]
    network = points.word("network")
    same = network[one] == network[other]
    one, other = one[same], other[same]
    ground = points.numbers["ground_level_m"]
    values = {
        "distance": np.hypot(*(places[one] - places[other]).T),
        "other": points.named(other),
        "gap": np.nan_to_num(ground[other] - ground[one]),
    }
    yield Finding("point.coincident", one, values, places[one])


def _near(places: Floats, reach: float) -> Ints:
    """Return the pairs of places, (pairs, 2) row numbers, that lie within reach of one another."""
    if len(places) < 2:
        return np.empty((0, 2), dtype=np.int64)
    from scipy.spatial import cKDTree  # late: a sixth of the start of a load that has no pipes

    return cKDTree(places).query_pairs(reach, output_type="ndarray")


def differing_levels(pipes: Pipes) -> Iterator[Finding]:
    """Fittings at which the axes of pipes lie at different heights."""
    points, lines = pipes.points, pipes.lines
    network = lines.word("network")
    piped = np.isin(network, _ONE_PIECE) & pipes.surveyed & (lines.word("kind") == "pipe")
    with np.errstate(invalid="ignore"):
        # Pipes of two sizes meet in line with their axes, or with their crowns.
        gap = np.minimum(
            _spread(pipes, piped, (lines.ends[:, 0, 2], lines.ends[:, 1, 2])), _spread(pipes, piped, pipes.levels)
        )
        plain = np.isin(points.word("kind"), _FITTINGS) & ~points.has("appurtenance_raw")
        plain &= ~np.isfinite(points.numbers["well_depth_m"])
        rows = np.flatnonzero(plain & (gap > tolerance("point.levels_differ", "gap_m")))
    values = {"gap": gap[rows], "kind": points.word("kind")[rows]}
    yield Finding("point.levels_differ", rows, values, points.ends[rows, 0, :2])


def _spread(pipes: Pipes, lines: Bools, heights: tuple[Floats, Floats]) -> Floats:
    """Return how far the heights of lines lie apart at each point; minus infinity where there is none."""
    lowest, highest = np.full(len(pipes.points), np.inf), np.full(len(pipes.points), -np.inf)
    for height, at in zip(heights, pipes.at, strict=True):
        some = lines & (at >= 0) & np.isfinite(height)
        np.minimum.at(lowest, at[some], height[some])
        np.maximum.at(highest, at[some], height[some])
    return np.asarray(highest - lowest)


def off_terrain(pipes: Pipes, terrain: Terrain) -> Iterator[Finding]:
    """Points whose ground level contradicts the terrain; pipes on a bridge have its deck for ground."""
    place = pipes.points.ends[:, 0]
    gap = pipes.points.numbers["ground_level_m"] - terrain.at(place[:, 0], place[:, 1])
    aloft = _touched(pipes, pipes.lines.word("burial") == "overhead")
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(~aloft & (np.abs(gap) > tolerance("point.off_terrain", "gap_m")))
    yield Finding("point.off_terrain", rows, {"gap": gap[rows]}, place[rows, :2])


def shallow_wells(pipes: Pipes) -> Iterator[Finding]:
    """Wells that are shallower than the deepest pipe in them."""
    deepest = np.full(len(pipes.points), -np.inf)
    for end, at in zip(("start", "end"), pipes.at, strict=True):
        depth = pipes.lines.numbers[f"{end}_depth_m"]
        some = (at >= 0) & np.isfinite(depth)
        np.maximum.at(deepest, at[some], depth[some])
    gap = deepest - pipes.points.numbers["well_depth_m"]
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(gap > tolerance("point.well_shallow", "gap_m"))
    yield Finding("point.well_shallow", rows, {"gap": gap[rows]}, pipes.points.ends[rows, 0, :2])


def _touched(pipes: Pipes, lines: Bools) -> Bools:
    """Return which points any of the lines begins or ends at."""
    out = np.zeros(len(pipes.points), dtype=bool)
    for at in pipes.at:
        here: Ints = at[lines & (at >= 0)]
        out[here] = True
    return out
