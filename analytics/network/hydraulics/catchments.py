"""Which ground drains to which manhole: a model's subcatchments, or cells that go to the nearest manhole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from cim.analytics.network.graph import Floats
from cim.analytics.network.hydraulics.assumptions import DrainAssumptions

_AT_ONCE = 200_000
COLUMNS = ("node_id", "area_m2", "impervious", "width_m", "slope_percent")


@dataclass(frozen=True)
class Cover:
    """What lies on the ground."""

    shapes: Mapping[str, np.ndarray[Any, np.dtype[np.object_]]]
    """Areas by cover: building, road, green; the first that holds a place counts."""


def nearest_catchments(nodes: pd.DataFrame, cover: Cover, assumed: DrainAssumptions) -> pd.DataFrame:
    """Return catchments of manholes and gullies by the nearest ground.

    Parameters
    ----------
    nodes
        By node id: x, y; those that take water in.
    cover
        What lies on the ground.
    assumed
        Size of cells, how far a manhole reaches, and what lets no water through.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, one row a manhole with ground; areas in square metres.
    """
    if not len(nodes):
        return pd.DataFrame(columns=list(COLUMNS))
    xy = nodes[["x", "y"]].to_numpy(dtype=np.float64)
    tree = cKDTree(xy)
    trees = {name: shapely.STRtree(list(shapes)) for name, shapes in cover.shapes.items() if len(shapes)}
    area, sealed = np.zeros(len(xy)), np.zeros(len(xy))
    cell = assumed.cell_m**2
    for cells in _cells(xy, assumed):
        far, nearest = tree.query(cells, distance_upper_bound=assumed.reach_m)
        near = np.isfinite(far)
        node, shares = np.asarray(nearest)[near], _impervious(cells[near], trees, assumed.impervious)
        area += np.bincount(node, minlength=len(xy)) * cell
        sealed += np.bincount(node, weights=shares, minlength=len(xy)) * cell
    some = area > 0
    return pd.DataFrame(
        {
            "node_id": nodes.index[some],
            "area_m2": area[some],
            "impervious": sealed[some] / area[some],
            "width_m": area[some] / assumed.overland_m,
            "slope_percent": assumed.slope_percent,
        }
    )


def _cells(xy: Floats, assumed: DrainAssumptions) -> Any:
    """Yield the middles of cells, so many rows at a time that they fit into memory."""
    low, high = xy.min(axis=0) - assumed.reach_m, xy.max(axis=0) + assumed.reach_m
    columns = np.arange(low[0] + assumed.cell_m / 2, high[0], assumed.cell_m)
    rows = np.arange(low[1] + assumed.cell_m / 2, high[1], assumed.cell_m)
    step = max(_AT_ONCE // max(len(columns), 1), 1)
    for first in range(0, len(rows), step):
        some = rows[first : first + step]
        yield np.column_stack([np.tile(columns, len(some)), np.repeat(some, len(columns))])


def _impervious(cells: Floats, trees: Mapping[str, shapely.STRtree], shares: Mapping[str, float]) -> Floats:
    """Return the share that lets no water through at each place."""
    found = np.full(len(cells), shares["other"])
    places = shapely.points(cells)
    for name in reversed(list(trees)):  # the first cover is written last, over all others
        inside, _ = trees[name].query(places, predicate="intersects")
        found[inside] = shares[name]
    return found
