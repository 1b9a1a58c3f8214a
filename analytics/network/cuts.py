"""Which branch of a network falls off when one segment fails: exact, for all segments at once, in linear time."""

from __future__ import annotations

import numpy as np
import rustworkx as rx

from cim.analytics.network.graph import BACKWARD, BOTH, FORWARD, Integers, NetworkGraph
from cim.analytics.network.tree import Tree, depth_first_tree

NOTHING = -1
"""No branch falls off."""


def supply_cuts(graph: NetworkGraph, roots: Integers) -> tuple[Tree, Integers]:
    """Find what each segment's failure cuts off from every root when flow may take either direction.

    Parameters
    ----------
    graph
        The network; closed segments carry nothing.
    roots
        Positions of the nodes that feed it.

    Returns
    -------
    tree
        A depth-first tree from one virtual vertex that is tied to every root.
    branch
        (m,) place in the tree of the branch that the segment's failure cuts off, `NOTHING` where all stay fed.

    Notes
    -----
    In a depth-first tree every segment joins a vertex with one above it. A branch is cut off by a segment when no
    other segment, and no tie to a root, leaves it (a bridge: Tarjan 1974, doi:10.1016/0020-0190(74)90003-9). With one
    added at the lower end of each segment and taken away at its upper end, a branch sums to the number that leave it.
    """
    virtual = len(graph.node_id)
    open_ = graph.carrying
    start, end = graph.start[open_], graph.end[open_]
    ties = np.full(len(roots), virtual)
    tree = depth_first_tree(
        virtual + 1, np.concatenate([ties, start, end]), np.concatenate([roots, end, start]), virtual
    )
    one, other = tree.place[graph.start], tree.place[graph.end]
    reached = open_ & (one >= 0)
    upper, lower = np.minimum(one, other), np.maximum(one, other)
    leaving = np.bincount(lower[reached], minlength=len(tree.parent)).astype(float)
    leaving -= np.bincount(upper[reached], minlength=len(tree.parent))
    leaving += np.bincount(tree.place[roots], minlength=len(tree.parent))
    crossing = tree.branch_sums(leaving[:, None])[:, 0]
    cuts = reached & (crossing[lower] == 1)  # the one that leaves is the segment itself
    return tree, np.where(cuts, lower, NOTHING)


def drainage_cuts(graph: NetworkGraph, sinks: Integers) -> tuple[Tree, Integers]:
    """Find what each segment's failure cuts off from every sink when flow takes the segments' direction only.

    Parameters
    ----------
    graph
        The network; closed segments carry nothing.
    sinks
        Positions of the nodes that take what flows.

    Returns
    -------
    tree
        The dominator tree against the flow, from one virtual vertex behind every sink: below a node lies all that
        must pass through it.
    branch
        (m,) place in the tree of the branch that the segment's failure cuts off, `NOTHING` where all still drain.

    Notes
    -----
    All that drains through node u drains through its outgoing arc u → v alone exactly when every other arc out of u
    leads to where the flow comes back to u (a node that u dominates). Dominators: Lengauer and Tarjan 1979,
    doi:10.1145/357062.357071. A segment that flows both ways is two arcs: whoever uses it one way can do without the
    other, so at most one of them cuts.
    """
    tail, head, segment = flow_arcs(graph)
    tree = _dominator_tree(len(graph.node_id), tail, head, sinks)
    below, above = tree.place[tail], tree.place[head]
    drains = above > 0  # then the tail drains too
    below, above, segment = below[drains], above[drains], segment[drains]
    returns = (above >= below) & (above < tree.branch_ends()[below])
    ways_out = np.bincount(below[~returns], minlength=len(tree.parent))
    ways_out += np.bincount(tree.place[sinks], minlength=len(tree.parent))
    cuts = ~returns & (ways_out[below] == 1)
    branch = np.full(len(graph.segment_id), NOTHING, dtype=np.int64)
    branch[segment[cuts]] = below[cuts]
    return tree, branch


def flow_arcs(graph: NetworkGraph) -> tuple[Integers, Integers, Integers]:
    """Return tail, head and segment of every arc that flow can take: one a segment, two where it flows both ways."""
    along = np.flatnonzero(graph.carrying & np.isin(graph.direction, (FORWARD, BOTH)))
    against = np.flatnonzero(graph.carrying & np.isin(graph.direction, (BACKWARD, BOTH)))
    tail = np.concatenate([graph.start[along], graph.end[against]])
    head = np.concatenate([graph.end[along], graph.start[against]])
    return tail, head, np.concatenate([along, against])


def _dominator_tree(nodes: int, tail: Integers, head: Integers, sinks: Integers) -> Tree:
    """Return the dominator tree of the reversed arcs from a virtual vertex tied to the sinks."""
    view = rx.PyDiGraph()
    view.add_nodes_from(range(nodes + 1))
    view.extend_from_edge_list([(nodes, sink) for sink in sinks.tolist()])
    view.extend_from_edge_list(list(zip(head.tolist(), tail.tolist(), strict=True)))
    dominators = rx.immediate_dominators(view, nodes)
    pairs = np.fromiter((pair for item in dominators.items() for pair in item), np.int64).reshape(-1, 2)
    pairs = pairs[pairs[:, 0] != nodes]
    return depth_first_tree(nodes + 1, pairs[:, 1], pairs[:, 0], nodes)
