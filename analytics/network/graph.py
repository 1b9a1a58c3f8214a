"""One pipe network as compact arrays: what every question about it is answered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

GRAVITY = frozenset({"storm", "sewage", "combined"})
"""Networks that drain along the flow to outfalls; all others are fed from sources and may flow either way."""

PRESSURE = frozenset({"water", "gas", "heat", "industrial"})
"""Networks under pressure, which valves part; cables are in neither."""

FORWARD, BACKWARD, BOTH = 0, 1, 2
"""Flow of a segment: start to end, end to start, or either way."""


@dataclass(frozen=True)
class NetworkGraph:
    """A network of n nodes and m segments; positions, not ids, join its arrays.

    Segments that are abandoned, planned or without both ends are not in it; closed ones are, and say so.
    """

    network: str
    """Network type, e.g. water."""
    data_version: int
    """Data version of the themes it was read from."""
    node_id: Integers
    """(n,) feature ids of the nodes, ascending."""
    by_place: Integers
    """(n,) positions of the nodes in an order in which neighbours in the city stand together."""
    source: Flags
    """(n,) supplies the network."""
    sink: Flags
    """(n,) takes what flows."""
    connections: Integers
    """(n,) service connections."""
    customers: Integers
    """(n,) customers: households or firms."""
    residents: Floats
    """(n,) people served, as far as known."""
    residents_known: Integers
    """(n,) connections whose number of people is known."""
    critical: Integers
    """(n,) connections that must not be without."""
    segment_id: Integers
    """(m,) feature ids of the segments, ascending."""
    start: Integers
    """(m,) position of the node at the start."""
    end: Integers
    """(m,) position of the node at the end."""
    length_m: Floats
    """(m,) length along the pipe, metres; 0 where unknown."""
    direction: Integers
    """(m,) FORWARD, BACKWARD or BOTH; matters in gravity networks only."""
    closed: Flags
    """(m,) carries nothing: closed itself or by a valve."""
    shut: Flags
    """(m,) closed itself, whatever its valves."""
    first_arc: Integers
    """(n + 1,) arcs of node i are `first_arc[i]:first_arc[i + 1]`."""
    arc_node: Integers
    """(2m,) node at the other end of an arc."""
    arc_segment: Integers
    """(2m,) segment of an arc."""
    valve_id: Integers
    """(v,) feature ids of the valves in the line, ascending; each stands on one segment, at one of its ends."""
    valve_node: Integers
    """(v,) position of the node at that end."""
    valve_segment: Integers
    """(v,) position of the segment."""
    valve_closed: Flags
    """(v,) closed in normal service."""
    valve_operable: Flags
    """(v,) not known to be stuck."""
    left_out: Mapping[str, int]
    """Records that could not be used, or not fully: code of `cim.analytics.reasons` and count."""

    @property
    def gravity(self) -> bool:
        """Whether it drains to outfalls rather than being fed from sources."""
        return self.network in GRAVITY

    @property
    def carrying(self) -> Flags:
        """(m,) segments that are not closed."""
        return ~self.closed

    def networkx(self) -> nx.MultiGraph:
        """Return a networkx view by feature ids, the segment's id as the key of its edge."""
        view = nx.MultiGraph(network=self.network)
        view.add_nodes_from(
            (node, {"source": source, "sink": sink, "customers": customers})
            for node, source, sink, customers in zip(
                self.node_id.tolist(), self.source.tolist(), self.sink.tolist(), self.customers.tolist(), strict=True
            )
        )
        columns = (self.node_id[self.start], self.node_id[self.end], self.segment_id, self.length_m)
        rows = zip(*(column.tolist() for column in columns), self.direction.tolist(), self.closed.tolist(), strict=True)
        view.add_edges_from(
            (start, end, segment, {"length_m": length, "direction": direction, "closed": closed})
            for start, end, segment, length, direction, closed in rows
        )
        return view


ARRAYS = tuple(
    field.name for field in fields(NetworkGraph) if field.name not in {"network", "data_version", "left_out"}
)
"""Names of the arrays of a graph, as its files are called."""


def adjacency(nodes: int, start: Integers, end: Integers) -> tuple[Integers, Integers, Integers]:
    """Return `first_arc, arc_node, arc_segment` of a graph in which each segment can be walked both ways."""
    segments = np.arange(len(start), dtype=np.int32)
    tail = np.concatenate([start, end])
    order = np.argsort(tail, kind="stable")
    first_arc = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=nodes), out=first_arc[1:])
    arc_node = np.concatenate([end, start])[order].astype(np.int32)
    return first_arc, arc_node, np.concatenate([segments, segments])[order]


def positions(ids: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> Integers:
    """Return where each wanted id stands in the ascending `ids`, -1 where it does not."""
    if not len(ids):
        return np.full(len(wanted), -1, dtype=np.int32)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[place] == wanted, place, -1).astype(np.int32)
