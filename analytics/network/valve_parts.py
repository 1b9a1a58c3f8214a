"""Parts of a network that valves can isolate: what WNTR and Walski call segments; "segment" here is a piece of pipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from cim.analytics.network.graph import Integers, NetworkGraph


@dataclass(frozen=True)
class ValveParts:
    """A network cut at every valve, open or closed, into p parts; valves join two parts, or lie within one."""

    count: int
    """p."""
    of_node: Integers
    """(n,) the part that each node lies in."""
    of_segment: Integers
    """(m,) the part that each segment lies in."""
    near: Integers
    """(v,) the part on the node's side of each valve."""
    far: Integers
    """(v,) the part on its segment's side."""
    held: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What is derived from the parts once for many questions."""


def valve_parts(graph: NetworkGraph) -> ValveParts:
    """Cut a network at its valves.

    Nodes and segments are the vertices; a segment is tied to the node at each of its ends unless a valve stands there.
    A segment that is closed itself is tied to neither.

    Parameters
    ----------
    graph
        The network.

    References
    ----------
    Walski, T. M. (1993). Water distribution valve topology for reliability analysis. Reliability Engineering and
    System Safety 42(1), doi:10.1016/0951-8320(93)90051-Y. The same partition as `wntr.metrics.valve_segments`.
    """
    nodes, segments = len(graph.node_id), len(graph.segment_id)
    tied_at_start, tied_at_end = ~graph.shut, ~graph.shut
    at_end = graph.valve_node == graph.end[graph.valve_segment]
    tied_at_start[graph.valve_segment[~at_end]] = False
    tied_at_end[graph.valve_segment[at_end]] = False
    number = np.arange(segments, dtype=np.int64) + nodes
    tail = np.concatenate([graph.start[tied_at_start], graph.end[tied_at_end]])
    head = np.concatenate([number[tied_at_start], number[tied_at_end]])
    size = nodes + segments
    ties = sparse.csr_array((np.ones(len(tail), np.int8), (tail, head)), shape=(size, size))
    count, label = csgraph.connected_components(ties, directed=False)
    of_node, of_segment = label[:nodes], label[nodes:]
    return ValveParts(
        count=int(count),
        of_node=of_node,
        of_segment=of_segment,
        near=of_node[graph.valve_node],
        far=of_segment[graph.valve_segment],
    )
