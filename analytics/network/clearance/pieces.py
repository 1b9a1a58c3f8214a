"""Pipes and other lines as straight pieces in flat arrays, with sizes, tolerances and how they hang together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.analytics.network.clearance.pipe_classes import Classes
from cim.analytics.network.rules.tables import CLASSES, Rules

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_SNAP_M = 0.01
"""Ends nearer than this in plan are one node."""
_DEFAULT_DEPTH_M = 1.0


@dataclass(frozen=True)
class Lines:
    """n features, each a line of straight pieces (a tree is one piece without length); m pieces in all."""

    feature_id: Integers
    """(n,) feature ids."""
    group: Integers
    """(n,) number of the network, or of the kind of thing: lines of one group may hang together."""
    code: Integers
    """(n,) class, place in `CLASSES`."""
    larger: Bools
    """(n,) as in `Classes`."""
    half_width_m: Floats
    """(n,) from axis to outer wall, sideways."""
    half_height_m: Floats
    """(n,) from axis to outer wall, upwards."""
    plan_m: Floats
    """(n,) tolerance of the place, metres."""
    height_m: Floats
    """(n,) tolerance of the depth, metres."""
    depth_known: Bools
    """(n,) heights can be relied on."""
    ends: Integers
    """(n, 2) number of the node at either end."""
    owner: Integers
    """(m,) place of the feature that each piece belongs to."""
    start: Floats
    """(m, 3) start of each piece, city CRS and heights, metres."""
    end: Floats
    """(m, 3) end of each piece."""


def pipe_lines(pipes: pd.DataFrame, classes: Classes, rules: Rules) -> Lines:
    """Return the pipes that have a class as lines.

    Parameters
    ----------
    pipes
        Rows of `clearance_pipes.sql`, `geom` as shapely LineString Z.
    classes
        Their classes.
    rules
        Tolerances of surveys.
    """
    kept = classes.code >= 0
    some = pipes[kept]
    depth = _either_mean(_depth(some, "start"), _depth(some, "end"))
    plan, height = tolerances(some, depth, rules)
    geom = some["geom"].to_numpy(dtype=object)
    known = np.ones(len(some), dtype=np.bool_)
    for end in ("start", "end"):
        known &= some[f"{end}_depth_m"].notna().to_numpy() | some[f"{end}_level_m"].notna().to_numpy()
    group = np.unique(some["network"].to_numpy(dtype=str), return_inverse=True)[1]
    return lines_of(
        geom,
        feature_id=some["feature_id"].to_numpy(dtype=np.int64),
        group=group.astype(np.int64),
        code=classes.code[kept],
        larger=classes.larger[kept],
        half_width_m=np.nan_to_num(some["outer_width_mm"].to_numpy(dtype=np.float64)) / 2000,
        half_height_m=np.nan_to_num(some["outer_height_mm"].to_numpy(dtype=np.float64)) / 2000,
        plan_m=plan,
        height_m=height,
        depth_known=known,
    )


def thing_lines(things: pd.DataFrame) -> Lines:
    """Return trees and kerbs as lines: no width, no depth, surveyed as what is seen (0.05 m)."""
    count = len(things)
    code = things["kind"].map(CLASSES.index).to_numpy(dtype=np.int64) if count else np.zeros(0, np.int64)
    return lines_of(
        things["geom"].to_numpy(dtype=object),
        feature_id=things["feature_id"].to_numpy(dtype=np.int64),
        group=-1 - code,
        code=code,
        larger=np.zeros(count, np.bool_),
        half_width_m=np.zeros(count),
        half_height_m=np.zeros(count),
        plan_m=np.full(count, 0.05),
        height_m=np.zeros(count),
        depth_known=np.zeros(count, np.bool_),
    )


def lines_of(geom: npt.NDArray[np.object_], **of_feature: npt.NDArray[np.generic]) -> Lines:
    """Cut lines and points into straight pieces; the other fields of `Lines`, by feature, are passed on."""
    xyz, owner = shapely.get_coordinates(geom, include_z=True, return_index=True)
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    last = np.flatnonzero(np.diff(owner, append=len(geom)))
    inner = np.setdiff1d(np.arange(len(owner)), last, assume_unique=True)
    alone = first[first == last]  # a point
    begin = np.sort(np.concatenate([inner, alone]))
    stop = np.where(np.isin(begin, alone), begin, begin + 1)
    group = np.asarray(of_feature["group"], dtype=np.int64)
    ends = _nodes(np.stack([xyz[first], xyz[last]], axis=1), group) if len(geom) else np.zeros((0, 2), np.int64)
    return Lines(
        ends=ends,
        owner=owner[begin].astype(np.int64),
        start=xyz[begin],
        end=xyz[stop],
        **of_feature,  # type: ignore[arg-type]
    )


def joined(first: Lines, second: Lines) -> Lines:
    """Return the lines of both; places and nodes of the second are counted on."""
    moved = {"owner": second.owner + len(first.feature_id), "ends": second.ends + int(first.ends.max(initial=-1)) + 1}
    return Lines(
        **{
            name: np.concatenate([getattr(first, name), moved.get(name, getattr(second, name))])
            for name in Lines.__dataclass_fields__
        }
    )


def _depth(pipes: pd.DataFrame, end: str) -> Floats:
    """Return how deep the axis lies at one end, metres; NaN where neither depth nor ground is known."""
    z = shapely.get_z(shapely.get_point(pipes["geom"].to_numpy(dtype=object), 0 if end == "start" else -1))
    ground = pipes[f"{end}_ground_m"].to_numpy(dtype=np.float64)
    told = pipes[f"{end}_depth_m"].to_numpy(dtype=np.float64)
    return np.where(np.isnan(told), ground - z, told)


def _either_mean(one: Floats, other: Floats) -> Floats:
    """Return the mean of two values, or the one that is known."""
    return np.where(np.isnan(one), other, np.where(np.isnan(other), one, (one + other) / 2))


def tolerances(pipes: pd.DataFrame, depth: Floats, rules: Rules) -> tuple[Floats, Floats]:
    """Return how far each pipe may be from where it is drawn: in plan and in depth, metres.

    Parameters
    ----------
    pipes
        With a column survey_method.
    depth
        How deep each lies, metres; NaN where it is not known, which counts as 1 m.
    rules
        Tolerances by method.
    """
    method = pipes["survey_method"].fillna("").to_numpy(dtype=str)
    names, inverse = np.unique(method, return_inverse=True)
    told = np.array([rules.tolerance.get(name, rules.tolerance[""]) for name in names]).reshape(-1, 5)[inverse]
    deep = np.maximum(np.where(np.isnan(depth), _DEFAULT_DEPTH_M, depth), told[:, 4])
    return told[:, 0] + told[:, 1] * deep, told[:, 2] + told[:, 3] * deep


def _nodes(ends: Floats, group: Integers) -> Integers:
    """Return numbers of the nodes at both ends, (n, 2): ends of one group at one place in plan are one node."""
    grid = np.round(ends[:, :, :2] / _SNAP_M).astype(np.int64).reshape(-1, 2)
    keys = np.column_stack([np.repeat(group, 2), grid])
    order = np.lexsort(keys.T[::-1])
    changed = np.any(np.diff(keys[order], axis=0) != 0, axis=1)
    number = np.empty(len(keys), dtype=np.int64)
    number[order] = np.concatenate([[0], np.cumsum(changed)])
    return number.reshape(-1, 2)
