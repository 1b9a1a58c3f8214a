"""How far along the pipes the valves of an answer are from a burst."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from cim.analytics.network.graph import Integers, NetworkGraph


def distances_from(graph: NetworkGraph, burst: int, segments: Integers) -> Callable[[int], float | None]:
    """Return a function from a valve's position to metres along the pipes of a part, from the middle of a segment.

    Parameters
    ----------
    graph
        The network.
    burst
        Position of the segment that burst.
    segments
        Positions of the segments that may be walked, the one that burst among them. A valve that bounds them stands at
        a node of theirs, or at the far end of a segment beside them, whose length is added.
    """
    # A valve at its segment's far end bounds a part whose node it does not touch: walk its segment too.
    walked = np.union1d(segments, graph.valve_segment[np.isin(graph.valve_segment, _beside(graph, segments))])
    nodes, ends = np.unique(np.concatenate([graph.start[walked], graph.end[walked]]), return_inverse=True)
    start, end = ends[: len(walked)], ends[len(walked) :]
    # A segment without length still leads on; csgraph would take a zero for no link.
    length = np.maximum(graph.length_m[walked], 1e-6)
    one, other = np.minimum(start, end), np.maximum(start, end)
    # Of parallel segments the shortest counts; a sparse array would add them up.
    order = np.lexsort((length, other, one))
    _, first = np.unique(np.column_stack([one, other])[order], axis=0, return_index=True)
    kept = order[first]
    links = sparse.csr_array((length[kept], (one[kept], other[kept])), shape=(len(nodes), len(nodes)))
    from_ends = np.searchsorted(nodes, [graph.start[burst], graph.end[burst]])
    reached = csgraph.dijkstra(links, directed=False, indices=from_ends, min_only=True)

    def away(valve: int) -> float | None:
        place = np.searchsorted(nodes, graph.valve_node[valve])
        if place == len(nodes) or nodes[place] != graph.valve_node[valve] or not np.isfinite(reached[place]):
            return None
        return round(float(reached[place] + graph.length_m[burst] / 2), 1)

    return away


def _beside(graph: NetworkGraph, segments: Integers) -> Integers:
    """Return the positions of the segments that touch a node of some segments."""
    nodes = np.union1d(graph.start[segments], graph.end[segments])
    arcs = np.concatenate([np.arange(graph.first_arc[node], graph.first_arc[node + 1]) for node in nodes.tolist()])
    beside: Integers = np.unique(graph.arc_segment[arcs])
    return beside
