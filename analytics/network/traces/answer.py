"""An answer to a trace: ids for programs, details of what matters for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cim.analytics.network.graph import Floats, NetworkGraph
from cim.analytics.network.traces.ground import Ground
from cim.analytics.network.traces.walks import Found
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.store import Store
from cim.viewer import Viewer

DETAILS = 500
"""Most nodes told in detail."""

_OF_GRAPH = (
    "segment_without_nodes",
    "segment_zero_length",
    "segment_direction_by_level",
    "valve_on_fork",
    "valve_on_no_pipe",
    "valve_end_assumed",
)


@dataclass(frozen=True)
class Trace:
    """An answer, in plain values that JSON can hold."""

    kind: str
    """What was asked."""
    network: str
    """Network type."""
    start: Sequence[Mapping[str, Any]]
    """Where it started: theme, feature_id, key."""
    nodes: Sequence[int]
    """Feature ids of the nodes, the nearest first; of a path in its order."""
    distance_m: Sequence[float | None]
    """Metres along the pipes to each node; of loops unknown."""
    minutes: Sequence[float] | None
    """Minutes that the flow takes to (or from) each node; only of spill and intrusion."""
    segments: Sequence[int]
    """Feature ids of the segments; of a path in its order."""
    length_m: float
    """Length of these, metres."""
    served: Mapping[str, Any]
    """Whom the nodes serve: connections, customers, residents, residents_unknown, critical."""
    places: Sequence[Mapping[str, Any]]
    """Nodes that matter (sources, outfalls, what is common), with key, kind, place, distance_m, minutes."""
    valves: Sequence[Mapping[str, Any]]
    """Valves met, the nearest first, with number, size, chamber, state, distance_m."""
    loops: Sequence[Mapping[str, Any]]
    """Loops: nodes, segments, length_m, independent, round (segments along which the flow goes round)."""
    carried: Sequence[int]
    """Of an odour: nodes from which the flow, not only the air, leads to the start."""
    left_out: Mapping[str, Any]
    """What could not be used or is not known: code, count and sentences."""


def answer(store: Store, viewer: Viewer, kind: str, there: Ground, found: Found) -> Trace:
    """Tell what a walk found.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks.
    kind
        What was asked.
    there
        What was walked.
    found
        What was found.
    """
    graph = there.graph
    told = np.zeros(0, np.int64) if found.told is None else found.told
    counts = {code: graph.left_out.get(code, 0) for code in _OF_GRAPH}
    counts |= dict(there.flow.left_out) if kind not in ("connected", "valves") else {}
    counts |= dict(there.left_out) | dict(found.left_out)
    counts["details_shortened"] = max(len(told) - DETAILS, 0)
    return Trace(
        kind=kind,
        network=graph.network,
        start=[{"theme": place.theme, "feature_id": place.feature_id, "key": place.key} for place in there.starts],
        nodes=graph.node_id[found.nodes].tolist(),
        distance_m=_rounded(found.distance_m, 1),
        minutes=None if found.minutes is None else np.round(found.minutes, 1).tolist(),
        segments=graph.segment_id[found.segments].tolist(),
        length_m=round(float(graph.length_m[found.segments].sum()), 1),
        served=_served(graph, found),
        places=_places(store, viewer, graph, found, told[:DETAILS]),
        valves=_valves(store, viewer, graph, found),
        loops=_loops(graph, found),
        carried=[] if found.carried is None else graph.node_id[found.carried].tolist(),
        left_out=left_out(counts),
    )


def _rounded(values: Floats, digits: int) -> list[float | None]:
    """Return values as JSON holds them: what is not known is null."""
    rounded: list[float | None] = np.round(values, digits).tolist()
    for unknown in np.flatnonzero(~np.isfinite(values)).tolist():
        rounded[unknown] = None
    return rounded


def _served(graph: NetworkGraph, found: Found) -> dict[str, Any]:
    """Sum whom the nodes serve."""
    nodes = found.nodes
    connections = int(graph.connections[nodes].sum())
    return {
        "connections": connections,
        "customers": int(graph.customers[nodes].sum()),
        "residents": round(float(graph.residents[nodes].sum())),
        "residents_unknown": connections - int(graph.residents_known[nodes].sum()),
        "critical": int(graph.critical[nodes].sum()),
    }


def _places(store: Store, viewer: Viewer, graph: NetworkGraph, found: Found, told: Any) -> list[dict[str, Any]]:
    """Return what is known of some nodes, in their order, with how far and how long it is to them."""
    if not len(told):
        return []
    metres, minutes = np.full((2, len(graph.node_id)), np.nan)
    metres[found.nodes] = found.distance_m
    if found.told_m is not None:
        metres[told] = found.told_m[: len(told)]
    if found.minutes is not None:
        minutes[found.nodes] = found.minutes
    far, long = _rounded(metres[told], 1), _rounded(minutes[told], 1)
    ids = graph.node_id[told].tolist()
    rows = {row["node_id"]: row for row in store.rows(viewer, query("network", "node_details"), {"nodes": ids})}
    places = []
    for node, away, takes in zip(ids, far, long, strict=True):
        if node in rows:
            places.append({**rows[node], "distance_m": away, "minutes": takes})
    return places


def _valves(store: Store, viewer: Viewer, graph: NetworkGraph, found: Found) -> list[dict[str, Any]]:
    """Return what a crew needs to know of the valves met, the nearest first."""
    if not found.valves:
        return []
    away = {int(graph.valve_id[valve]): round(metres or 0.0, 1) for valve, metres in found.valves.items()}
    rows = store.rows(viewer, query("network", "valve_details"), {"valves": list(away)})
    return sorted(
        ({**row, "distance_m": away[row["valve_id"]]} for row in rows),
        key=lambda row: (row["distance_m"], row["valve_id"]),
    )


def _loops(graph: NetworkGraph, found: Found) -> list[dict[str, Any]]:
    return [
        {
            "nodes": graph.node_id[loop.nodes].tolist(),
            "segments": graph.segment_id[loop.segments].tolist(),
            "length_m": round(float(graph.length_m[loop.segments].sum()), 1),
            "independent": loop.independent,
            "round": graph.segment_id[loop.round].tolist(),
        }
        for loop in found.loops
    ]
