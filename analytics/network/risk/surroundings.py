"""What lies above and beside pipes: the street, and the buildings that a failure would endanger."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from cim.analytics.network.graph import Integers
from cim.analytics.network.risk.assumptions import Assumptions
from cim.analytics.network.risk.reading import Objects

_BESIDE_M = 3.0
"""A pipe so far beside the carriageway still counts as under the street: who digs for it takes up a lane."""
_WIDEST_M = 60.0


def road_above(pipes: pd.DataFrame, roads: pd.DataFrame, assumptions: Assumptions) -> Objects:
    """Return (n,) the class of the street above the middle of each pipe, None where there is none.

    Parameters
    ----------
    pipes
        With `geom`.
    roads
        Rows of `CityPipes.roads`.
    assumptions
        Width of streets whose width is not known.
    """
    found = np.full(len(pipes), None, dtype=object)
    if not len(pipes) or not len(roads):
        return found
    middles = shapely.line_interpolate_point(pipes["geom"].to_numpy(), 0.5, normalized=True)
    width = roads["width_m"].fillna(float(assumptions.price("consequence", "road_width_m"))).to_numpy(np.float64)
    tree = shapely.STRtree(roads["geom"].to_numpy())
    (pipe, road), apart = tree.query_nearest(middles, max_distance=_WIDEST_M, return_distance=True, all_matches=False)
    under = apart <= width[road] / 2 + _BESIDE_M
    found[pipe[under]] = roads["road_class"].to_numpy(dtype=object)[road[under]]
    return found


def buildings_near(pipes: pd.DataFrame, buildings: pd.DataFrame, assumptions: Assumptions) -> Integers:
    """Return (n,) how many buildings stand near enough to each pipe to be endangered by its failure."""
    if not len(pipes) or not len(buildings):
        return np.zeros(len(pipes), dtype=np.int64)
    within = assumptions.prices("consequence", "buildings", "within_m")
    reach = np.asarray(pipes["network"].map(within).fillna(0.0), dtype=np.float64)
    tree = shapely.STRtree(buildings["geom"].to_numpy())
    found = np.zeros(len(pipes), dtype=np.int64)
    (asked,) = np.nonzero(reach > 0)
    lines = pipes["geom"].to_numpy()[asked]
    near, _ = tree.query(lines, predicate="dwithin", distance=reach[asked])
    np.add.at(found, asked[near], 1)
    return found
