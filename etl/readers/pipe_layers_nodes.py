"""Nodes for lines that have none: ends that lie together are one node. No line is moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_FARTHEST_M = 1e12
"""Coordinates farther off are of no place."""


@dataclass(frozen=True)
class MadeNodes:
    """Nodes that stand where lines end."""

    keys: npt.NDArray[np.object_]
    """`E,N` in metres to the millimetre, of the end that lies farthest south-west: the same in the next load."""
    places: Floats
    """(nodes, 2) That end itself."""
    of_end: Ints
    """Node of each end."""


def made_nodes(ends: Floats, snap_m: float) -> MadeNodes:
    """Make a node of all ends that lie within a distance of one another, in the plane, in a chain if need be.

    Parameters
    ----------
    ends
        (n, 2) ends of lines, city CRS.
    snap_m
        Largest distance of two ends that are joined, metres.
    """
    if not len(ends):
        return MadeNodes(np.empty(0, dtype=object), np.empty((0, 2)), np.empty(0, dtype=np.int64))
    places, of_end = np.unique(ends, axis=0, return_inverse=True)
    of_end = of_end.reshape(-1)
    # What lies beyond the world is refused later; the tree must only not trip over it.
    pairs = KDTree(np.clip(places, -_FARTHEST_M, _FARTHEST_M)).query_pairs(snap_m, output_type="ndarray")
    joined = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(len(places),) * 2)
    count, node = connected_components(joined, directed=False)
    # `unique` has sorted the places: the first of each node is the one farthest west, then south.
    first = np.full(count, len(places), dtype=np.int64)
    np.minimum.at(first, node, np.arange(len(places)))
    keys = np.array([f"{x:.3f},{y:.3f}" for x, y in places[first].tolist()], dtype=object)
    return MadeNodes(keys, places[first], node[of_end].astype(np.int64))


def nearest_points(ends: Floats, points: Floats, snap_m: float) -> Ints:
    """Return the nearest of some points within a distance of each end; -1: there is none."""
    if not len(points) or not len(ends):
        return np.full(len(ends), -1, dtype=np.int64)
    near = np.clip(ends, -_FARTHEST_M, _FARTHEST_M)
    tree = KDTree(np.clip(points, -_FARTHEST_M, _FARTHEST_M))
    distance, at = tree.query(near, distance_upper_bound=snap_m * (1 + 1e-9) + 1e-9)
    return np.where(np.isfinite(distance), at, -1).astype(np.int64)
