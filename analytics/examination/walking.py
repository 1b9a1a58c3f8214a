"""How far it is to walk: homes and facilities put on the street network, and one search from all facilities at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

SNAP_MAX_M = 200.0
"""Farther from any walkable street a place is not on the network."""


@dataclass(frozen=True)
class Snaps:
    """Places put on the network."""

    edge: Ints
    """Edge that each is nearest to; -1: none within SNAP_MAX_M."""
    along: Floats
    """Metres from the start of the edge, along it."""
    off: Floats
    """Metres from the street in a straight line."""

    @property
    def on(self) -> npt.NDArray[np.bool_]:
        """Tell which are on the network."""
        return self.edge >= 0


@dataclass(frozen=True)
class StreetNetwork:
    """Walkable streets as arrays; edges are walked both ways."""

    start: Ints
    """Node at the start of each edge."""
    end: Ints
    """Node at its end."""
    length_m: Floats
    """Length along the slope where it is known, else in plan."""
    lines: Shapes
    """Its line in plan."""
    nodes: int
    """Number of nodes."""

    _snapped: dict[bytes, Snaps] = field(default_factory=dict, repr=False, compare=False)
    """Snaps by the points' coordinates: to find the nearest street is what costs, and many ask for the same."""

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the lines."""
        return shapely.STRtree(self.lines)

    @cached_property
    def graph(self) -> csr_array:
        """Metres from node to node, both ways."""
        rows, columns = np.concatenate([self.start, self.end]), np.concatenate([self.end, self.start])
        return _lightest(rows, columns, np.concatenate([self.length_m, self.length_m]), self.nodes)

    def snaps(self, points: Shapes) -> Snaps:
        """Put places on their nearest edges; the same points again are at once there.

        Parameters
        ----------
        points
            Points in the city's CRS, metres.
        """
        which = shapely.get_coordinates(points).tobytes()
        if which not in self._snapped:
            self._snapped[which] = self._nearest(points)
        return self._snapped[which]

    def at_nodes(self, nodes: Ints) -> Snaps:
        """Put places on nodes of the network, each of which has an edge."""
        edge = np.zeros(self.nodes, dtype=np.intp)
        edge[self.end] = edge[self.start] = np.arange(len(self.start))
        found = edge[nodes]
        along = np.where(self.start[found] == nodes, 0.0, self.length_m[found])
        return Snaps(found, along, np.zeros(len(nodes)))

    def _nearest(self, points: Shapes) -> Snaps:
        edge = np.full(len(points), -1, dtype=np.intp)
        along, off = np.zeros(len(points)), np.full(len(points), np.inf)
        if len(self.lines) and len(points):
            (place, found), distance = self.tree.query_nearest(
                points, max_distance=SNAP_MAX_M, return_distance=True, all_matches=False
            )
            edge[place], off[place] = found, distance
            share = shapely.line_locate_point(self.lines[found], points[place], normalized=True)
            along[place] = share * self.length_m[found]
        return Snaps(edge, along, off)

    def distances(self, homes: Snaps, places: Snaps, limit_m: float) -> Floats:
        """Return the way from each home to its nearest place, metres; infinite beyond the limit.

        The way is straight to the street, along streets, and straight from the street to the place.
        """
        result = np.full(len(homes.edge), np.inf)
        if not places.on.any() or not homes.on.any():
            return result
        at_node = self._from_places(places, limit_m)
        on = homes.on
        edge, along = homes.edge[on], homes.along[on]
        by_start = at_node[self.start[edge]] + along
        by_end = at_node[self.end[edge]] + self.length_m[edge] - along
        result[on] = np.minimum(by_start, by_end) + homes.off[on]
        _shorten_on_same_edge(result, homes, places)
        result[result > limit_m] = np.inf
        return result

    def _from_places(self, places: Snaps, limit_m: float) -> Floats:
        """Return the way from each node to its nearest place."""
        edge, along, off = places.edge[places.on], places.along[places.on], places.off[places.on]
        one, size = np.arange(len(edge)), self.nodes + len(edge)
        # Ways lead from a place to the ends of its street, never back: a place is a row below the streets' own.
        columns = np.concatenate([self.start[edge], self.end[edge]])
        weight = np.concatenate([off + along, off + self.length_m[edge] - along])
        ways = _lightest(np.concatenate([one, one]), columns, weight, size)
        graph = csr_array(
            (
                np.concatenate([self.graph.data, ways.data]),
                np.concatenate([self.graph.indices, ways.indices]),
                np.concatenate([self.graph.indptr, self.graph.nnz + ways.indptr[1 : len(edge) + 1]]),
            ),
            shape=(size, size),
        )
        found = dijkstra(graph, directed=True, indices=self.nodes + one, min_only=True, limit=limit_m)
        return np.asarray(found)[: self.nodes]


def _lightest(rows: Ints, columns: Ints, weight: Floats, size: int) -> csr_array:
    """Return a graph that keeps the lightest of parallel edges; a way of no length is a hair's breadth, not none."""
    way = rows * size + columns
    order = np.argsort(way)
    way = way[order]
    first = np.flatnonzero(np.diff(way, prepend=-1))
    metres = np.maximum(np.minimum.reduceat(weight[order], first), 1e-9)
    rows, columns = np.divmod(way[first], size)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))])
    return csr_array((metres, columns, starts), shape=(size, size))


def _shorten_on_same_edge(result: Floats, homes: Snaps, places: Snaps) -> None:
    """Take the way along the edge itself where home and place share it."""
    home = pd.DataFrame({"edge": homes.edge, "home": np.arange(len(homes.edge))})[homes.on]
    place = pd.DataFrame({"edge": places.edge, "place": np.arange(len(places.edge))})[places.on]
    pairs = home.merge(place, on="edge")
    if pairs.empty:
        return
    i, j = pairs["home"].to_numpy(), pairs["place"].to_numpy()
    way = homes.off[i] + np.abs(homes.along[i] - places.along[j]) + places.off[j]
    np.minimum.at(result, i, way)


def street_network(road_edge: GeoDataFrame) -> StreetNetwork | None:
    """Return the network of the streets that people may walk; None where there are none.

    Parameters
    ----------
    road_edge
        Columns walkable, length_m, start_node_id, end_node_id. Edges of which a node is not recorded are joined where
        their ends meet within a centimetre.
    """
    streets = road_edge[road_edge["walkable"].fillna(True).astype(bool)]
    if streets.empty:
        return None
    lines = streets.geometry.to_numpy()
    length = streets["length_m"].to_numpy(dtype=float)
    length = np.where(np.isfinite(length), length, shapely.length(lines))
    if streets[["start_node_id", "end_node_id"]].notna().all(axis=None):
        ends = streets[["start_node_id", "end_node_id"]].to_numpy(dtype=np.int64)
    else:
        ends = _met(lines)
    names, node = np.unique(ends.ravel(), return_inverse=True)
    node = node.reshape(-1, 2)
    return StreetNetwork(node[:, 0], node[:, 1], length, lines, len(names))


def _met(lines: Shapes) -> npt.NDArray[np.int64]:
    """Return numbers of the ends of lines, equal where they meet."""
    places = [shapely.get_coordinates(shapely.get_point(lines, index)) for index in (0, -1)]
    grid = np.round(np.concatenate(places) * 100).astype(np.int64)
    _, number = np.unique(grid, axis=0, return_inverse=True)
    return np.asarray(number.reshape(2, -1).T, dtype=np.int64)


def access_points(areas: Shapes, every_m: float = 50.0) -> Shapes:
    """Return points along the edges of areas, from which they can be entered."""
    rings = shapely.get_rings(shapely.get_parts(areas))
    length = shapely.length(rings)
    count = np.maximum(np.ceil(length / every_m).astype(int), 1)
    ring = np.repeat(np.arange(len(rings)), count)
    step = np.arange(len(ring)) - np.repeat(np.cumsum(count) - count, count)
    found: Any = shapely.line_interpolate_point(rings[ring], step * length[ring] / count[ring])
    return np.asarray(found, dtype=object)
