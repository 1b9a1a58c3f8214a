"""The walks that answer traces: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cim.analytics.network.flow import arcs_of
from cim.analytics.network.graph import Flags, Floats, Integers, NetworkGraph
from cim.analytics.network.loops import Loop, loops_of
from cim.analytics.network.places import start_nodes, start_segments
from cim.analytics.network.reach import Reached, reach, shortest_path
from cim.analytics.network.traces.ground import Ground


@dataclass(frozen=True)
class Found:
    """What a walk found; positions in the graph's arrays."""

    nodes: Integers
    """(k,) nodes, the nearest first; of a path in its order."""
    distance_m: Floats
    """(k,) metres along the pipes."""
    segments: Integers
    """Segments; of a path in its order."""
    minutes: Floats | None = None
    """(k,) minutes that it takes to each node."""
    told: Integers | None = None
    """Nodes to tell of in detail, the most important first."""
    told_m: Floats | None = None
    """Metres to these, where they do not all lie on the way; None: as to the nodes."""
    valves: Mapping[int, float | None] = field(default_factory=dict)
    """Valves met, and metres to each."""
    loops: Sequence[Loop] = ()
    """Loops found."""
    carried: Integers | None = None
    """Nodes from which the flow leads to the start."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What was left out: code of `cim.analytics.reasons` and count."""


Walk = Callable[[Ground], Found]
"""A walk."""


def connected(there: Ground) -> Found:
    """Find all that hangs together with the start."""
    return _all(there, "connected", there.graph.source | there.graph.sink)


def upstream(there: Ground) -> Found:
    """Find all whose flow may come by the start."""
    return _all(there, "upstream" if there.known else "connected", there.graph.source)


def downstream(there: Ground) -> Found:
    """Find all that the start's flow may come by."""
    return _all(there, "downstream" if there.known else "connected", there.graph.sink)


def loops(there: Ground) -> Found:
    """Find the loops of the network, or of what hangs together with the start."""
    graph = there.graph
    inside = (
        there.segments if there.nodes is None else (there.segments & there.nodes[graph.start] & there.nodes[graph.end])
    )
    if there.starts:
        reached = there.walked("connected")
        part = np.zeros(len(graph.start), np.bool_)
        part[reached.segments] = True
        inside = inside & part
    found = loops_of(graph, inside, there.flow.direction if graph.gravity else None)
    segments = np.concatenate([loop.segments for loop in found]) if found else np.zeros(0, np.int64)
    nodes = np.unique(np.concatenate([loop.nodes for loop in found])) if found else np.zeros(0, np.int64)
    return Found(nodes, np.full(len(nodes), np.nan), segments, loops=found)


def path(there: Ground) -> Found:
    """Find the shortest path to the nearest of the ends."""
    way = there.question.way or "connected"
    ends = start_nodes(there.graph, there.ends, "connected", there.flow.direction)
    return _path(there, way, ends, "no_path")


def outfall(there: Ground) -> Found:
    """Find the way down to the nearest outfall, and every other one that the flow may reach."""
    return _path(there, "downstream" if there.known else "connected", np.flatnonzero(there.graph.sink), "no_outfall")


def source(there: Ground) -> Found:
    """Find the way up to the nearest source, and every other one that may feed the start."""
    return _path(
        there, "upstream" if there.known else "connected", np.flatnonzero(there.graph.source), "no_source_reached"
    )


def valves(there: Ground) -> Found:
    """Find the valves that are met first whichever way one goes."""
    graph, parts = there.graph, there.parts()
    starts, first = start_segments(graph, there.starts), there.first("connected")
    home = np.unique(parts.of_segment[starts] if len(starts) else parts.of_node[first])
    inside, within = there.segments & np.isin(parts.of_segment, home), np.isin(parts.of_node, home)
    nodes = within if there.nodes is None else within & there.nodes
    reached = reach(arcs_of(graph, "connected", segments=inside, nodes=nodes), first, graph.length_m)
    away = np.full(len(graph.node_id), np.inf)
    away[reached.nodes] = reached.cost
    near, far = np.isin(parts.near, home), np.isin(parts.far, home)
    met = {int(one): _metres_to(graph, away, int(one), beside=bool(near[one])) for one in np.flatnonzero(near != far)}
    reachable = {valve: metres for valve, metres in met.items() if np.isfinite(metres)}
    left_out = {"no_valves": int(not len(graph.valve_id))}
    own = within[reached.nodes]
    # A segment that a valve ends has only one node in the part.
    touching = inside & (np.isfinite(away[graph.start]) | np.isfinite(away[graph.end]))
    segments = np.flatnonzero(touching)
    return Found(reached.nodes[own], reached.cost[own], segments, valves=reachable, left_out=left_out)


def common(there: Ground) -> Found:
    """Find the nodes upstream, or downstream, of every start; first the one that is nearest to the farthest start."""
    way = (there.question.way or "upstream") if there.known else "connected"
    arcs = there.arcs(way)
    limit = np.inf if there.question.limit_m is None else there.question.limit_m
    farthest = np.zeros(len(there.graph.node_id))
    for place in there.starts:
        reached = reach(arcs, start_nodes(there.graph, [place], way, there.flow.direction), there.graph.length_m, limit)
        away = np.full(len(farthest), np.inf)
        away[reached.nodes] = reached.cost
        farthest = np.maximum(farthest, away)
    nodes = np.flatnonzero(np.isfinite(farthest))
    nodes = nodes[np.argsort(farthest[nodes], kind="stable")]
    inside = np.isin(there.graph.start, nodes) & np.isin(there.graph.end, nodes) & there.segments
    left_out = {"no_common": int(not len(nodes))}
    return Found(nodes, farthest[nodes], np.flatnonzero(inside), told=nodes, left_out=left_out)


def spill(there: Ground) -> Found:
    """Find what a spill reaches, and when."""
    return _timed(there, "downstream" if there.known else "connected", there.graph.sink)


def intrusion(there: Ground) -> Found:
    """Find where what came in with the flow may come from, and how long ago."""
    return _timed(there, "upstream" if there.known else "connected", there.graph.source)


def odour(there: Ground) -> Found:
    """Find where an odour may come from: air goes either way, what the flow carries comes from upstream."""
    reached = there.walked("connected")
    carried = there.walked("upstream").nodes if there.known else reached.nodes
    return Found(
        reached.nodes,
        reached.cost,
        reached.segments,
        told=reached.nodes[np.isin(reached.nodes, carried)],
        carried=carried,
    )


def _all(there: Ground, way: str, telling: Flags) -> Found:
    """Walk as far as is asked, and tell of the nodes that matter."""
    reached = there.walked(way)
    return Found(reached.nodes, reached.cost, _with_starts(there, reached), told=reached.nodes[telling[reached.nodes]])


def _with_starts(there: Ground, reached: Reached) -> Integers:
    """Return the segments reached, and those started from."""
    # Marks, not `union1d`, which takes longer than the walk itself to hash a city's segments.
    met = np.zeros(len(there.graph.start), np.bool_)
    met[reached.segments] = True
    met[start_segments(there.graph, there.starts)] = True
    return np.flatnonzero(met)


def _timed(there: Ground, way: str, telling: Flags) -> Found:
    """Walk by the time that the flow takes."""
    graph, arcs = there.graph, there.arcs(way)
    reached = reach(arcs, there.first(way), graph.length_m, there.question.limit_m or np.inf)
    m_s, assumed = there.velocity(reached.segments, there.flow.direction[reached.segments])
    seconds = np.full(len(graph.start), np.inf)
    seconds[reached.segments] = graph.length_m[reached.segments] / m_s
    inside = np.zeros(len(graph.start), np.bool_)
    inside[reached.segments] = True
    timed = reach(
        arcs_of(graph, way, there.flow.direction, segments=inside, nodes=there.nodes), there.first(way), seconds
    )
    metres = np.full(len(graph.node_id), np.nan)
    metres[reached.nodes] = reached.cost
    return Found(
        timed.nodes,
        metres[timed.nodes],
        _with_starts(there, reached),
        minutes=timed.cost / 60,
        told=timed.nodes[telling[timed.nodes]],
        left_out={"segment_velocity_assumed": int(np.count_nonzero(assumed))},
    )


def _path(there: Ground, way: str, ends: Integers, missing: str) -> Found:
    """Walk the shortest path to the nearest of some nodes; of outfalls and sources, tell of all that can be reached."""
    graph, arcs, starts = there.graph, there.arcs(way), there.first(way)
    best = [found for start in starts.tolist() if (found := shortest_path(arcs, start, ends, graph.length_m))]
    if not best:
        nothing = np.zeros(0, np.int64)
        left_out = {missing: 1} | _through_closed(there, way, ends)
        return Found(nothing, nothing.astype(float), nothing, left_out=left_out)
    shortest = min(best, key=lambda one: one.cost)
    metres = np.concatenate([[0.0], np.cumsum(graph.length_m[shortest.segments])])
    if missing == "no_path":
        return Found(shortest.nodes, metres, shortest.segments, told=shortest.nodes[-1:])
    reached = reach(arcs, starts, graph.length_m)
    wanted = np.isin(reached.nodes, ends)
    return Found(shortest.nodes, metres, shortest.segments, told=reached.nodes[wanted], told_m=reached.cost[wanted])


def _through_closed(there: Ground, way: str, ends: Integers) -> dict[str, int]:
    """Count what is closed on the way that there would be, were all open."""
    arcs = arcs_of(
        there.graph, way, there.flow.direction, segments=there.segments | there.graph.closed, nodes=there.nodes
    )
    for start in there.first(way).tolist():
        found = shortest_path(arcs, start, ends, there.graph.length_m)
        if found is not None:
            return {"path_only_through_closed": int(there.graph.closed[found.segments].sum())}
    return {}


def _metres_to(graph: NetworkGraph, away: Floats, valve: int, *, beside: bool) -> float:
    """Return metres to a valve, which stands at an end of its segment: by that end's node, or along the segment.

    Where the part lies on the node's side, the way along the segment leads through the valve at its other end.
    """
    segment, node = int(graph.valve_segment[valve]), int(graph.valve_node[valve])
    if beside:
        return float(away[node])
    other = int(graph.start[segment] + graph.end[segment] - node)
    return float(min(away[node], away[other] + graph.length_m[segment]))
