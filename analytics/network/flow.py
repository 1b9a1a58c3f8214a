"""Which way a network flows, and its arcs in that way as compact arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from cim.analytics.network.graph import BACKWARD, BOTH, FORWARD, Flags, Floats, Integers, NetworkGraph

WAYS = ("connected", "upstream", "downstream")
"""Either way; against the flow; with it."""

SHORTEST_M = 1e-6
"""What a segment without length counts, metres: csgraph would take a zero for no link."""


Made = TypeVar("Made")


@dataclass(frozen=True)
class Arcs:
    """The arcs that may be walked, in CSR form: those of node i are `first[i]:first[i + 1]`."""

    first: Integers
    """(n + 1,)."""
    node: Integers
    """(a,) position of the node at the other end."""
    segment: Integers
    """(a,) position of the segment."""
    by_place: Integers
    """(n,) positions of the nodes in an order in which neighbours stand together."""

    _held: dict[str, tuple[Floats, Any]] = field(default_factory=dict, repr=False, compare=False)

    def links(self, weight: Floats) -> sparse.csr_array:
        """Return the arcs with a weight for each segment (m,), as scipy takes them."""
        count = len(self.first) - 1
        return self.kept(
            "links",
            weight,
            lambda: sparse.csr_array(
                (np.maximum(weight, SHORTEST_M)[self.segment], self.node, self.first), shape=(count, count)
            ),
        )

    def kept(self, name: str, weight: Floats, make: Callable[[], Made]) -> Made:
        """Return what is made of the arcs and weights; that of the weights asked for last is kept."""
        held = self._held.get(name)
        if held is None or held[0] is not weight:
            held = weight, make()
            self._held[name] = held
        return cast(Made, held[1])

    def leaving(self, nodes: Integers) -> tuple[Integers, Integers]:
        """Return the positions of the arcs that leave some nodes, node by node, and how many leave each."""
        begin = self.first[nodes].astype(np.int64)
        counts = self.first[nodes + 1].astype(np.int64) - begin
        offset = np.cumsum(counts) - counts
        run = np.arange(counts.sum()) + np.repeat(begin - offset, counts)
        return run, counts

    def tails(self) -> Integers:
        """Return (a,) the node that each arc leaves."""
        count = len(self.first) - 1
        tails: Integers = np.repeat(np.arange(count, dtype=np.int32), np.diff(self.first))
        return tails


@dataclass(frozen=True)
class Flow:
    """The direction of every segment of a network, and how far it is known."""

    direction: Integers
    """(m,) FORWARD, BACKWARD or BOTH."""
    left_out: Mapping[str, int]
    """What is not known: code of `cim.analytics.reasons` and count."""


def flow_of(graph: NetworkGraph, by_level: Integers | None = None) -> Flow:
    """Find the direction of flow.

    Gravity networks: as recorded, else by level, as the graph has it. Networks fed from sources: away from the nearest
    source along open pipes; a segment whose ends are equally far from one, or that no source reaches, counts both ways.

    Parameters
    ----------
    graph
        The network.
    by_level
        (m,) directions by level alone, to be taken in a gravity network instead of the recorded ones.

    Examples
    --------
    A ring fed at 1, each pipe 10 m: from 1 both ways round, and nobody can say which way 2 ── 3 flows::

        source 1 ── 2
               │    │
               4 ── 3      1→2, 1→4, 2→3, 4→3: node 3 is fed from both sides
    """
    if graph.gravity:
        direction = graph.direction if by_level is None else by_level
        unknown = int(np.count_nonzero((direction == BOTH) & graph.carrying))
        return Flow(direction, {"segment_direction_unknown": unknown})
    if not graph.source.any():
        return Flow(np.full(len(graph.start), BOTH, np.int8), {"network_without_source": 1})
    away = distance_from_sources(graph)
    start, end = away[graph.start], away[graph.end]
    fed = np.isfinite(start) & np.isfinite(end)
    direction = np.where(fed & (start < end), FORWARD, np.where(fed & (end < start), BACKWARD, BOTH)).astype(np.int8)
    return Flow(
        direction,
        {
            "segment_direction_unknown": int(np.count_nonzero(fed & (start == end) & graph.carrying)),
            "segment_without_source": int(np.count_nonzero(~fed & graph.carrying)),
        },
    )


def distance_from_sources(graph: NetworkGraph) -> Floats:
    """Return (n,) metres along open pipes to the nearest source, infinite where none reaches."""
    roots = np.flatnonzero(graph.source)
    if not len(roots):
        return np.full(len(graph.node_id), np.inf)
    links = arcs_of(graph, "connected").links(graph.length_m)
    away: Floats = csgraph.dijkstra(links, indices=roots, min_only=True)
    return away


def arcs_of(
    graph: NetworkGraph,
    way: str,
    direction: Integers | None = None,
    *,
    segments: Flags | None = None,
    nodes: Flags | None = None,
) -> Arcs:
    """Return the arcs that a trace may walk.

    Parameters
    ----------
    graph
        The network.
    way
        One of `WAYS`.
    direction
        (m,) of `flow_of`; not needed to walk either way.
    segments
        (m,) segments that may be walked; None means those that are not closed.
    nodes
        (n,) nodes that may be entered; None means all.
    """
    allowed = graph.carrying if segments is None else segments
    kept = allowed[graph.arc_segment]
    if way != "connected":
        flow = graph.direction if direction is None else direction
        tails = np.repeat(np.arange(len(graph.node_id), dtype=np.int32), np.diff(graph.first_arc))
        # An arc that leaves its segment's start follows the flow where that is forward or both.
        leaves_start = tails == graph.start[graph.arc_segment]
        against = FORWARD if way == "upstream" else BACKWARD
        backwards = BACKWARD if way == "upstream" else FORWARD
        of_arc = flow[graph.arc_segment]
        kept = kept & np.where(leaves_start, of_arc != against, of_arc != backwards)
    if nodes is not None:
        kept = kept & nodes[graph.arc_node]
    before = np.zeros(len(kept) + 1, np.int64)
    np.cumsum(kept, out=before[1:])
    return Arcs(before[graph.first_arc].astype(np.int32), graph.arc_node[kept], graph.arc_segment[kept], graph.by_place)
