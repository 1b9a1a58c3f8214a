"""Places of an EPANET network in the city's CRS, and whether its drawing is to scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.crs import Transformation
from cim.errors import BadSource
from cim.etl.batch import Reject
from cim.etl.places import on_grid
from cim.etl.readers.axis_order import EAST_NORTH, east_first
from cim.etl.readers.epanet_model import Model
from cim.manifest import SourceSpec
from cim.units import METRES_PER_FOOT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SAME = 0.05
"""How far the ratio of lengths may be off a foot and still be taken for one."""
STUB_M = 0.001
"""Height of a link whose ends are at one place, metres."""
_USUAL = (0.8, 1.25)
"""Ratio of model lengths to drawn lengths in networks that are drawn true."""


@dataclass(frozen=True)
class Placed:
    """A model in the city's CRS; what has no place is left out."""

    nodes: pd.DataFrame
    """Nodes of the model."""
    points: Floats
    """(nodes, 3) Places, city CRS and heights, metres."""
    links: pd.DataFrame
    """Links of the model that have both ends."""
    lines: list[Floats]
    """(n, 3) points of the axis of each link."""


def placed(found: Model, source: SourceSpec, transform: Transformation, depth: float, rejects: list[Reject]) -> Placed:
    """Bring nodes and links into the city's CRS, refusing those without a place."""
    nodes = found.nodes
    there = np.isfinite(nodes[["x", "y"]].to_numpy(dtype=np.float64)).all(axis=1)
    remedy = "give it a line in [COORDINATES]"
    rejects += [
        _reject(row, "pipe_node", "geometry.missing", "has no coordinates", remedy)
        for row in nodes[np.logical_not(there)].to_dict("records")
    ]
    nodes = nodes[there].reset_index(drop=True)
    flat = _plane(nodes[["x", "y"]].to_numpy(dtype=np.float64), source, transform)
    # WNTR gives elevations in metres whatever the file's units, so the CRS's own unit of height does not count.
    height = nodes["elevation_m"].to_numpy(dtype=np.float64) + source.height_offset_m - depth
    points = np.column_stack([flat, on_grid(height)])
    names = pd.Index(nodes["name"])
    every = found.links
    ends = np.column_stack([names.get_indexer(every["start"]), names.get_indexer(every["end"])])
    joined = (ends >= 0).all(axis=1)
    rejects += [
        _reject(row, "pipe_segment", "reference.unknown_point", "has an end without coordinates", remedy)
        for row in every[np.logical_not(joined)].to_dict("records")
    ]
    links = every.iloc[np.flatnonzero(joined)].reset_index(drop=True)
    return Placed(nodes, points, links, _lines(links, points, ends[joined], source, transform))


def _plane(points: Floats, source: SourceSpec, transform: Transformation) -> Floats:
    """Return eastings and northings in the city's CRS."""
    order = source.options.get("axis_order")
    east, north, _ = east_first(
        points[:, 0], points[:, 1], crs=transform.crs, order=order, usual=EAST_NORTH, path=source.path
    )
    return on_grid(np.column_stack(transform.plane(east, north)))


def _lines(
    links: pd.DataFrame, points: Floats, ends: Ints, source: SourceSpec, transform: Transformation
) -> list[Floats]:
    """Return the axis of each link: its ends and vertices, heights in proportion to the way."""
    count = links["vertices"].map(len).to_numpy(dtype=np.int64)
    every = [vertex for vertices in links["vertices"] for vertex in vertices]
    between = _plane(np.array(every, dtype=np.float64), source, transform) if every else np.empty((0, 2))
    parts = np.split(between, np.cumsum(count)[:-1]) if len(count) else []
    return [_line(points[a], points[b], inner) for (a, b), inner in zip(ends.tolist(), parts, strict=True)]


def _line(start: Floats, end: Floats, between: Floats) -> Floats:
    """Return (n, 3) points of one axis."""
    flat = np.vstack([start[:2], between, end[:2]])
    steps = np.hypot(*np.diff(flat, axis=0).T)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    share = way / way[-1] if way[-1] > 0 else np.linspace(0, 1, len(way))
    line = np.column_stack([flat, start[2] + share * (end[2] - start[2])])
    if way[-1] == 0 and start[2] == end[2]:
        # Pumps and valves are often drawn between two nodes at one place: a line needs a length to be kept.
        line[-1, 2] += STUB_M
    return line


def check_scale(found: Placed, source: SourceSpec, transform: Transformation) -> list[Reject]:
    """Compare the model's lengths with the drawn ones: they tell feet from metres.

    Raises
    ------
    BadSource
        The coordinates are in feet where the CRS is in metres, or the other way round.
    """
    told = found.links["length_m"].to_numpy(dtype=np.float64)
    drawn = np.array([float(np.hypot(*np.diff(line[:, :2], axis=0).T).sum()) for line in found.lines])
    usable = np.isfinite(told) & (told > 0) & (drawn > 0)
    if not usable.any():
        return []
    ratio = float(np.median(told[usable] / drawn[usable]))
    for foot, have, want in ((METRES_PER_FOOT, "feet", "metres"), (1 / METRES_PER_FOOT, "metres", "feet")):
        if abs(ratio / foot - 1) <= _SAME:
            shares = f"model lengths are {ratio:.3f} of the drawn"
            what = f"coordinates are in {have}, but {transform.crs} is in {want} ({shares})"
            raise BadSource(source.path, what, f"give the CRS in {have}")
    if _USUAL[0] <= ratio <= _USUAL[1]:
        return []
    reason = f"pipes are {ratio:.3g} times as long in the model as they are drawn: the drawing may be a schema"
    remedy = "see that the CRS is the right one; lengths are kept as the model has them"
    return [Reject("[PIPES]", "line.scale", reason, remedy, "pipe_segment", severity="warning")]


def _reject(row: dict[Any, Any], theme: str, code: str, reason: str, remedy: str) -> Reject:
    """Refuse a node or link."""
    original = {str(name): value for name, value in row.items() if value is not None and value == value}
    name = str(row["name"])
    return Reject(f"[{row['section']}] {name}", code, f"{name!r} {reason}", remedy, theme, name, original)
