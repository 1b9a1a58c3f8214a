"""Vertical clearance where pipes cross: what is still missing after laying by rule."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely

from cim.etl.sample.network import Network, crown_and_bottom
from cim.etl.sample.randomness import Floats, Ints
from cim.etl.sample.shapes import Shapes, lines

MARGIN_M = 0.05
"""Clearance beyond what is asked for."""

_DRAINS = ("storm", "sewage")


def required(upper: str, lower: str) -> float:
    """Return the least vertical clearance between two networks, metres (GB 50289-2016 4.1.14, unverified)."""
    pair = {upper, lower}
    if "water" in pair and pair & set(_DRAINS):
        return 0.40
    if "power" in pair:
        return 0.15 if "gas" in pair else 0.25
    if pair == {"telecom", "heat"}:
        return 0.25
    return 0.15


def shortfall(lower: Network, uppers: Iterable[Network], places: int) -> Floats:
    """Return by how much each place of a network must go deeper to clear the networks above it.

    Parameters
    ----------
    lower
        Network that must give way.
    uppers
        Networks above it.
    places
        Places of its course, those beyond the streets included.

    Returns
    -------
    array
        Metres by place; 0 where there is room.
    """
    missing = np.zeros(places)
    for upper in uppers:
        above, below, gap = crossings(upper, lower)
        free = upper.lines["on_bridge"].to_numpy()[above] | lower.lines["on_bridge"].to_numpy()[below]
        short = np.where(free, 0.0, required(upper.name, lower.name) + MARGIN_M - gap)
        for end in ("start_place", "end_place"):
            np.maximum.at(missing, lower.lines[end].to_numpy()[below], short)
    return missing


def crossings(upper: Network, lower: Network) -> tuple[Ints, Ints, Floats]:
    """Return which lines of two networks cross in plan, and the gap from the upper's bottom to the lower's crown."""
    first, second = segments(upper), segments(lower)
    above, below = shapely.STRtree(second).query(first, predicate="crosses")
    at = np.asarray(shapely.intersection(first[above], second[below]))
    bottom = _level(upper, first, above, at, "bottom")
    crown = _level(lower, second, below, at, "crown")
    return above, below, bottom - crown


def segments(network: Network) -> Shapes:
    """Return each line of a network in plan."""
    xy = network.points[["x", "y"]].to_numpy()
    return lines(np.stack([xy[network.lines["start"]], xy[network.lines["end"]]], axis=1))


def _level(network: Network, drawn: Shapes, index: Ints, at: Shapes, side: str) -> Floats:
    share = shapely.line_locate_point(drawn[index], at, normalized=True)
    levels = crown_and_bottom(network)
    start, end = (levels[f"{name}_{side}"].to_numpy()[index] for name in ("start", "end"))
    level: Floats = start + share * (end - start)
    return level
