"""Loops of a network: where it can be walked round, and where a gravity network's flow would go round."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from cim.analytics.network.components import bridges
from cim.analytics.network.graph import BACKWARD, BOTH, Flags, Integers, NetworkGraph


@dataclass(frozen=True)
class Loop:
    """Pipes that hang together by more than one way each; positions in the graph's arrays."""

    nodes: Integers
    """Its nodes."""
    segments: Integers
    """Its segments: the loss of no single one splits it."""
    independent: int
    """Independent loops in it: segments − nodes + 1."""
    round: Integers
    """Segments along which the flow goes round; only where the flow has a direction."""


def loops_of(graph: NetworkGraph, allowed: Flags, direction: Integers | None) -> list[Loop]:
    """Return the loops of a network, those with the most segments first.

    Parameters
    ----------
    graph
        The network.
    allowed
        (m,) segments that may be walked.
    direction
        (m,) flow, for a gravity network; segments that may flow both ways make no circle. None: only the loops.

    Examples
    --------
    ::

        1 ── 2 ── 3     one loop of the segments 12, 23, 34, 42; 1 ── 2 is none of it
             │    │
             └─4──┘     with the flow 2→3→4→2 all three turn: a level or direction is wrong
    """
    part = replace(graph, closed=~allowed)
    kept = np.flatnonzero(allowed & ~bridges(part))
    if not len(kept):
        return []
    label = _labels(graph, kept, "weak", None)
    turning = _turning(graph, allowed, direction)
    of_segment = label[graph.start[kept]]
    found = []
    for number in np.unique(of_segment).tolist():
        segments = kept[of_segment == number]
        nodes = np.union1d(graph.start[segments], graph.end[segments])
        found.append(Loop(nodes, segments, len(segments) - len(nodes) + 1, segments[turning[segments]]))
    return sorted(found, key=lambda loop: -len(loop.segments))


def _turning(graph: NetworkGraph, allowed: Flags, direction: Integers | None) -> Flags:
    """Return (m,) the segments on a circle of one-way segments."""
    turning = np.zeros(len(graph.start), np.bool_)
    if direction is None:
        return turning
    one_way = np.flatnonzero(allowed & (direction != BOTH))
    label = _labels(graph, one_way, "strong", direction)
    turning[one_way] = label[graph.start[one_way]] == label[graph.end[one_way]]
    return turning


def _labels(
    graph: NetworkGraph, segments: Integers, kind: Literal["weak", "strong"], direction: Integers | None
) -> Integers:
    """Return (n,) the part of each node when only some segments join them."""
    tail, head = graph.start[segments], graph.end[segments]
    if direction is not None:
        back = direction[segments] == BACKWARD
        tail, head = np.where(back, head, tail), np.where(back, tail, head)
    nodes = len(graph.node_id)
    links = sparse.csr_array((np.ones(len(tail), np.int8), (tail, head)), shape=(nodes, nodes))
    labels: Integers = csgraph.connected_components(links, directed=True, connection=kind)[1]
    return labels
