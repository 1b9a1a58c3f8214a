"""Pipes near a dig: how far from its edge, how deep, and what must be dug by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from cim.analytics.network.clearance.cover import crown_depth
from cim.analytics.network.clearance.pieces import tolerances
from cim.analytics.network.rules.tables import Rules

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

HAND = ("protection", "hand_dug")
"""Zones in which no machine may dig."""
RELATIONS: Mapping[str, tuple[str, str]] = {
    "in_depth": ("在开挖深度内", "within the depth of the dig"),
    "below": ("在开挖深度以下", "below the bottom of the dig"),
    "depth_unknown": ("埋深未知", "depth not known"),
    "overhead": ("架空", "overhead"),
}
"""How a pipe lies to the dig, upwards."""
RECENT_M = 20.0
"""No pipe surveyed within this distance: nobody has looked there."""


@dataclass(frozen=True)
class Placed:
    """Where pipes lie to a dig, one entry a pipe."""

    distance_m: Floats
    """From the pipe's outer wall to the outline in plan; 0 where it reaches into it."""
    inside_m: Floats
    """Length of its axis within the outline."""
    depth_m: Floats
    """Cover on its crown where that is least within the outline, or where it comes nearest to it; NaN: not known,
    as where the depth of one end alone is known."""
    one_end_depth_m: Floats
    """Cover on the crown at one end where that of the other is not known, else NaN: a hint, the pipe may rise."""
    depth_tolerance_m: Floats
    """How far that may be off; NaN: not known."""
    plan_tolerance_m: Floats
    """How far its place may be off."""
    level_m: Floats
    """Height of its crown there, city height; NaN where depths are not known."""
    at: Floats
    """(n, 2) that place."""


def placed(pipes: pd.DataFrame, area: shapely.Polygon, rules: Rules) -> Placed:
    """Measure pipes against the outline of a dig.

    Parameters
    ----------
    pipes
        Rows of `excavation_pipes.sql`, `geom` as shapely LineString Z.
    area
        The outline.
    rules
        Tolerances of surveys.
    """
    flat = shapely.force_2d(pipes["geom"].to_numpy(dtype=object))
    half = np.nan_to_num(pipes["outer_width_mm"].to_numpy(dtype=np.float64)) / 2000
    start, end = crown_depth(pipes, "start"), crown_depth(pipes, "end")
    one_end = np.where(np.isnan(start) ^ np.isnan(end), np.fmax(start, end), np.nan)
    shares = _shares(flat, area)
    depth = start[:, None] + shares * (end - start)[:, None]
    tightest = np.argmin(np.where(np.isnan(depth), np.inf, depth), axis=1)
    every = np.arange(len(flat))
    share, depth = shares[every, tightest], depth[every, tightest]
    plan, upwards = tolerances(pipes, depth, rules)
    at = shapely.line_interpolate_point(pipes["geom"].to_numpy(dtype=object), share, normalized=True)
    height = np.nan_to_num(pipes["outer_height_mm"].to_numpy(dtype=np.float64)) / 2000
    return Placed(
        distance_m=np.maximum(shapely.distance(flat, area) - half, 0.0),
        inside_m=shapely.length(shapely.intersection(flat, area)),
        depth_m=depth,
        one_end_depth_m=one_end,
        depth_tolerance_m=np.where(np.isnan(depth), np.nan, upwards),
        plan_tolerance_m=plan,
        level_m=np.where(np.isnan(depth), np.nan, shapely.get_z(at) + height),
        at=shapely.get_coordinates(at),
    )


def _shares(flat: npt.NDArray[np.object_], area: shapely.Polygon) -> Floats:
    """Return the shares of the way between which each pipe is within the outline, else where it is nearest, (n, 2)."""
    out = np.zeros((len(flat), 2))
    for place, line in enumerate(flat):
        inside = shapely.intersection(line, area)
        if inside.is_empty:
            near = shapely.get_point(shapely.shortest_line(line, area), 0)
            out[place] = line.project(near, normalized=True)
        else:
            ends = [line.project(shapely.Point(xy), normalized=True) for xy in shapely.get_coordinates(inside)]
            out[place] = min(ends), max(ends)
    return np.nan_to_num(out)  # a pipe without length has no shares


def relation(pipes: pd.DataFrame, found: Placed, depth_m: float) -> npt.NDArray[np.object_]:
    """Return how each pipe lies to the dig: a key of `RELATIONS`, its tolerance taken against the digger."""
    overhead = (pipes["burial"] == "overhead").to_numpy()
    unknown = np.isnan(found.depth_m)
    within = found.depth_m - found.depth_tolerance_m <= depth_m
    return np.select([overhead, unknown, within], ["overhead", "depth_unknown", "in_depth"], "below").astype(object)


def zones(pipes: pd.DataFrame, found: Placed, depth_m: float, rules: Rules) -> list[list[Mapping[str, str]]]:
    """Return the protection zones that a dig comes into, by pipe.

    The distance counts less the tolerance of the pipe's place. In height, a pipe that certainly lies deeper below the
    bottom of the dig than its zone is wide is out of it; one of unknown depth never is.
    """
    near = np.maximum(found.distance_m - found.plan_tolerance_m, 0.0)
    below = np.nan_to_num(np.maximum(found.depth_m - found.depth_tolerance_m - depth_m, 0.0), nan=0.0)
    away = np.hypot(near, below)
    by_network: dict[str, list[Mapping[str, str]]] = {}
    for row in rules.zones:
        by_network.setdefault(row["network"], []).append(row)
    out = []
    told = zip(pipes["network"], pipes["burial"], away.tolist(), strict=True)
    for network, burial, distance in told:
        rows = [] if burial == "overhead" else by_network.get(network, [])
        out.append([row for row in rows if float(row["from_m"]) <= distance < float(row["to_m"])])
    return out


_ASKED = ("zone", "from_m", "to_m", "asks_zh", "asks_en", "confidence", "status")


def zone_told(row: Mapping[str, str]) -> dict[str, str | float]:
    """Return what a row of a table of zones tells a reader."""
    return {name: float(row[name]) if name.endswith("_m") else row.get(name, "") for name in _ASKED}


def widest_zone_m(rules: Rules) -> float:
    """Return how far from a pipe its zones reach at most, metres."""
    return max((float(row["to_m"]) for row in rules.zones), default=0.0)


def unsurveyed(area: shapely.Polygon, pipes: pd.DataFrame, nodes: Sequence[shapely.Point]) -> BaseGeometry:
    """Return the part of a dig that lies farther than 20 m from all that was ever surveyed.

    Designs and pipes without a day or way of survey do not count: nobody has looked for others there.
    """
    method = pipes["survey_method"].fillna("").to_numpy(dtype=object)
    seen = np.isin(method, ("open", "detected", "as_built")) | pipes["surveyed_on"].notna().to_numpy()
    lines = shapely.force_2d(pipes["geom"].to_numpy(dtype=object)[seen])
    looked = shapely.union_all(shapely.buffer(np.concatenate([lines, np.array(nodes, dtype=object)]), RECENT_M))
    return shapely.difference(area, looked)
