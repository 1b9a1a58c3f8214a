"""Which pipes of different networks share a trench: what one failure may take with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from cim.analytics.network.graph import Floats, Integers
from cim.analytics.network.risk.assumptions import Assumptions
from cim.analytics.network.risk.reading import Objects

_SAMPLES = 5
_ALIKE = 0.8
"""Cosine of the widest angle between two pipes that run together."""
_PAIRS = 500_000


def trench_pairs(pipes: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Find pairs of pipes of different networks that run side by side.

    Parameters
    ----------
    pipes
        Rows of `CityPipes.pipes`; segment_id ascending.
    assumptions
        How near, and over which length, two pipes share a trench.

    Returns
    -------
    pandas.DataFrame
        one, other (positions, one < other), apart_m (least distance of the axes in plan), along_m (length over which
        the shorter of the two runs so near to the other).
    """
    near = assumptions.price("consequence", "trench")
    lines = pipes["geom"].to_numpy()
    network = pd.factorize(pipes["network"])[0]
    tree = shapely.STRtree(lines)
    one, other = tree.query(lines, predicate="dwithin", distance=float(near["apart_m"]))
    kept = (one < other) & (network[one] != network[other])
    one, other = one[kept], other[kept]
    along, chord = _chords(lines)
    alike = np.abs((along[one] * along[other]).sum(axis=1)) >= _ALIKE
    one, other = one[alike], other[alike]
    heights = pipes["level_m"].to_numpy(np.float64)
    apart = np.abs(heights[one] - heights[other])
    level = ~(apart > float(near["levels_m"]))
    one, other = one[level], other[level]
    shorter = np.where(chord[one] <= chord[other], one, other)
    together = _together(lines, shorter, one + other - shorter, float(near["apart_m"]), chord)
    long = together >= float(near["along_m"])
    one, other = one[long], other[long]
    distance = shapely.distance(lines[one], lines[other])
    return pd.DataFrame({"one": one, "other": other, "apart_m": distance, "along_m": together[long]})


def shared_trenches(pipes: pd.DataFrame, pairs: pd.DataFrame, network: str) -> list[dict[str, Any]]:
    """Return with which other networks a network shares trenches: how many of its pipes, and over which length.

    Parameters
    ----------
    pipes
        As for `trench_pairs`.
    pairs
        What that returned.
    network
        The network.

    Returns
    -------
    list of dict
        network (the other), pipes, length_m (of these pipes), the longest first.
    """
    names = pipes["network"].to_numpy(dtype=object)
    both = pd.concat(
        [
            pd.DataFrame({"own": pairs["one"], "other": names[pairs["other"].to_numpy()]}),
            pd.DataFrame({"own": pairs["other"], "other": names[pairs["one"].to_numpy()]}),
        ]
    ).drop_duplicates()
    ours = both[names[both["own"].to_numpy()] == network]
    ours = ours.assign(length_m=pipes["length_m"].fillna(0.0).to_numpy()[ours["own"].to_numpy()])
    told = ours.groupby("other")["length_m"].agg(["size", "sum"]).sort_values("sum", ascending=False)
    return [
        {"network": str(other), "pipes": int(count), "length_m": float(length)}
        for other, count, length in told.itertuples()
    ]


def _chords(lines: Objects) -> tuple[Floats, Floats]:
    """Return (n, 2) the direction from start to end, and (n,) the length in plan."""
    places = shapely.get_coordinates(lines)
    count = shapely.get_num_coordinates(lines)
    after = count.cumsum()
    chord = places[after - 1] - places[after - count]
    length = np.hypot(*chord.T)
    return chord / np.maximum(length, 1e-9)[:, None], shapely.length(lines)


def _together(lines: Objects, shorter: Integers, longer: Integers, apart_m: float, length: Floats) -> Floats:
    """Return the length of the shorter one that lies so near to the longer, from points along it."""
    share = np.zeros(len(shorter))
    for first in range(0, len(shorter), _PAIRS):
        piece = slice(first, first + _PAIRS)
        for place in (np.arange(_SAMPLES) + 0.5) / _SAMPLES:
            points = shapely.line_interpolate_point(lines[shorter[piece]], place, normalized=True)
            share[piece] += shapely.dwithin(points, lines[longer[piece]], apart_m)
    return share / _SAMPLES * length[shorter]
