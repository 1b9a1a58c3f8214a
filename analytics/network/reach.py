"""What a walk along arcs reaches, how far it is, and the shortest path between two nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from cim.analytics.network.flow import SHORTEST_M, Arcs
from cim.analytics.network.graph import Floats, Integers

if TYPE_CHECKING:
    from cim.analytics.network.walking import Walker

LARGE = 20_000
"""Networks of more nodes are walked by compiled code (`walking`), which is worth the half second that it takes to load:
a walk costs what it reaches, not what the network holds. Up to here scipy takes some milliseconds."""

FIRST_LIMIT = 500.0
"""How far a path is sought at first, metres; four times as far each time that it ends nowhere."""


@dataclass(frozen=True)
class Reached:
    """What a walk reached, the nearest first; positions in the graph's arrays."""

    nodes: Integers
    """(k,) nodes, the starts among them."""
    cost: Floats
    """(k,) the least sum of weights on the way to each."""
    segments: Integers
    """Segments both ends of which were reached, and that may be walked; in no order."""


@dataclass(frozen=True)
class Path:
    """A shortest path of k segments."""

    nodes: Integers
    """(k + 1,) nodes, in order."""
    segments: Integers
    """(k,) segments, in order; of parallel ones the lightest."""
    cost: float
    """Sum of the weights."""


def reach(arcs: Arcs, starts: Integers, weight: Floats, limit: float = np.inf) -> Reached:
    """Walk from some nodes as far as arcs lead.

    Parameters
    ----------
    arcs
        What may be walked.
    starts
        Nodes to start from.
    weight
        (m,) cost of each segment, such as metres or seconds.
    limit
        Greatest cost.

    Examples
    --------
    ``1 ─10─ 2 ─10─ 3 ─10─ 4`` from 2, either way, at most 10 m: nodes 2, 1 and 3, both segments beside 2.
    """
    if len(arcs.first) > LARGE:
        return Reached(*walker(arcs, weight).reach(starts, limit))
    inside, cost = _within(arcs, starts, weight, limit) if np.isfinite(limit) else _all(arcs, starts, weight)
    near = np.zeros(len(arcs.first) - 1, np.bool_)
    near[inside] = True
    run, _ = arcs.leaving(inside)
    order = np.argsort(cost, kind="stable")
    return Reached(inside[order], cost[order], np.unique(arcs.segment[run[near[arcs.node[run]]]]))


def _within(arcs: Arcs, starts: Integers, weight: Floats, limit: float) -> tuple[Integers, Floats]:
    """Return the nodes within a cost, and the cost to each; nothing farther is looked at."""
    cost = csgraph.dijkstra(arcs.links(weight), indices=starts, min_only=True, limit=limit)
    inside = np.flatnonzero(np.isfinite(cost))
    return inside, cost[inside]


def _all(arcs: Arcs, starts: Integers, weight: Floats) -> tuple[Integers, Floats]:
    """Return all nodes that arcs lead to, and the cost to each: first which, then how far among these alone."""
    inside = _connected(arcs.links(weight), starts)
    place = np.full(len(arcs.first) - 1, -1, np.int32)
    place[inside] = np.arange(len(inside), dtype=np.int32)
    run, counts = arcs.leaving(inside)
    first = np.zeros(len(inside) + 1, np.int32)
    np.cumsum(counts, out=first[1:])
    values = np.maximum(weight, SHORTEST_M)[arcs.segment[run]]
    links = sparse.csr_array((values, place[arcs.node[run]], first), shape=(len(inside), len(inside)))
    return inside, csgraph.dijkstra(links, indices=place[starts], min_only=True)


def shortest_path(arcs: Arcs, start: int, ends: Integers, weight: Floats) -> Path | None:
    """Return the shortest path from a node to the nearest of some others, or None when no way leads there.

    Parameters
    ----------
    arcs
        What may be walked.
    start
        Node to start from.
    ends
        Nodes to arrive at.
    weight
        (m,) cost of each segment.
    """
    if len(arcs.first) > LARGE:
        way = walker(arcs, weight).path(start, ends)
        return _path_along(arcs, way, weight) if len(way) else None
    links = arcs.links(weight)
    if not np.isin(ends, _connected(links, np.array([start]))).any():
        return None
    # Nothing beyond the limit is looked at; what lies within is exact, so the nearest end found is the nearest.
    limit, cost = FIRST_LIMIT, np.array([np.inf])
    while not np.isfinite(cost).any():
        away, before = csgraph.dijkstra(links, indices=np.array(start), return_predecessors=True, limit=limit)
        cost, limit = away[ends], limit * 4
    end = int(ends[np.argmin(cost)])
    nodes = [end]
    while nodes[-1] != start:
        nodes.append(int(before[nodes[-1]]))
    return _path_along(arcs, np.array(nodes[::-1], np.int64), weight)


def _connected(links: sparse.csr_array, starts: Integers) -> Integers:
    """Return the nodes that arcs lead to from some nodes, a start first."""
    found = [csgraph.breadth_first_order(links, int(start), return_predecessors=False) for start in starts]
    if len(found) == 1:
        return np.asarray(found[0])
    return np.asarray(list(dict.fromkeys(np.concatenate(found).tolist())), np.int32)


def _path_along(arcs: Arcs, nodes: Integers, weight: Floats) -> Path:
    """Return the path along some nodes, by the lightest segment from each to the next."""
    run, counts = arcs.leaving(nodes[:-1])
    step = np.repeat(np.arange(len(counts)), counts)
    leads = arcs.node[run] == nodes[1:][step]
    step, segments = step[leads], arcs.segment[run[leads]]
    order = np.lexsort((weight[segments], step))
    lightest = segments[order[np.searchsorted(step[order], np.arange(len(counts)))]]
    return Path(nodes, lightest.astype(np.int64), float(weight[lightest].sum()))


def walker(arcs: Arcs, weight: Floats) -> Walker:
    """Return what walks along arcs in compiled code; that of the weights asked for last is kept with the arcs."""
    from cim.analytics.network.walking import Walker

    return arcs.kept("walker", weight, lambda: Walker(arcs, weight))
