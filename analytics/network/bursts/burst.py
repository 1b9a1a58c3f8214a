"""What a duty engineer asks when a main bursts: which valves, in which order, and who is without."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cim.analytics.errors import AmbiguousSegment, UnknownSegment
from cim.analytics.network.bursts.distances import distances_from
from cim.analytics.network.bursts.duration import assumed_duration
from cim.analytics.network.bursts.isolation import Affected, Isolation, isolation
from cim.analytics.network.bursts.supply import supply_of
from cim.analytics.network.graph import NetworkGraph
from cim.analytics.network.reading import network_graph
from cim.analytics.network.valve_parts import ValveParts, valve_parts
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.store import Store
from cim.viewer import Viewer

ROLES = ("close", "closed", "not_usable", "reopen")
"""What a valve is to the answer: to close; closed already; would have helped, but is stuck; may bring supply back."""

WATERY = frozenset({"water", "industrial"})
"""Networks with hydrants, and with valves to drain them."""

CRITICAL_FACILITIES = (
    "hospital",
    "clinic",
    "dialysis",
    "kindergarten",
    "primary_school",
    "middle_school",
    "childcare",
    "elderly_care",
    "fire_station",
    "shelter",
)
"""Kinds of facilities that must not be without, whatever the connection of their building says."""

UNLINKED_M = 100.0
"""A facility without any known connection is told where the nearest pipe of the network lies so near and is without."""

_TOLD = (
    "valve_on_fork",
    "valve_on_no_pipe",
    "valve_end_assumed",
    "segment_without_nodes",
    "segment_zero_length",
    "connection_without_node",
)


@dataclass(frozen=True)
class Burst:
    """An answer, in plain values that JSON can hold."""

    segment: Mapping[str, Any]
    """The segment: segment_id, network, key, road_name, diameter_mm, material, installed_year, longitude, latitude."""
    valves: Sequence[Mapping[str, Any]]
    """By role, the nearest first: role, order, distance_m along the pipes, valve_id, key, number, state, …"""
    isolated: Mapping[str, Any]
    """What lies between the valves: segments, nodes (ids), length_m, volume_m3, connections, customers, residents,
    critical (connections), critical_facilities, …"""
    beyond: Mapping[str, Any]
    """The same of what lies outside and is cut off by it."""
    services: Sequence[Mapping[str, Any]]
    """Buildings without supply, those that must not be without first; `beyond` tells in which part, `facilities` those
    of the kinds that matter in it: feature_id, kind, name."""
    unlinked: Sequence[Mapping[str, Any]]
    """Facilities that must not be without and of which nobody knows what feeds them, while the nearest pipe of the
    network is without: they may be. feature_id, kind, name, beyond, segment_id, distance_m, longitude, latitude."""
    fittings: Sequence[Mapping[str, Any]]
    """Hydrants, drain valves and air valves in these parts."""
    sources: Sequence[int]
    """Feature ids of the sources within the isolated part."""
    duration: Mapping[str, Any] | None
    """How long, assumed: hours, customer_hours, status, zh, en; None where the city's assumptions cannot be read."""
    left_out: Mapping[str, Any]
    """What the network's data did not allow: code, count and sentences."""


def burst(
    store: Store,
    viewer: Viewer,
    segment: int | str,
    folder: Path,
    *,
    stuck: Iterable[int] = (),
    parts_of: Parts | None = None,
    rules: Path | None = None,
) -> Burst:
    """Answer for a burst on a segment.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the answer.
    segment
        Feature id, or key in its source.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    stuck
        Feature ids of valves that turned out not to close.
    parts_of
        Keeps the parts of networks between calls.
    rules
        The city's own assumptions, `<data_dir>/rules/<slug>`: of them, how long a repair takes.

    Raises
    ------
    UnknownSegment, AmbiguousSegment, NotIsolable, UnknownValve
        It cannot be answered; the message says why.
    """
    told = segment_named(store, viewer, segment)
    graph = network_graph(store, viewer, told["network"], folder)
    parts = (parts_of or Parts()).of(graph, viewer)
    found = isolation(graph, parts, told["segment_id"], stuck)
    nodes, beyond_nodes = (graph.node_id[part.nodes].tolist() for part in (found.isolated, found.beyond))
    segments, beyond_segments = (graph.segment_id[part.segments].tolist() for part in (found.isolated, found.beyond))
    asked = {"network": graph.network, "nodes": nodes + beyond_nodes, "beyond_nodes": beyond_nodes}
    asked |= {"segments": segments + beyond_segments, "beyond_segments": beyond_segments}
    asked |= {"kinds": list(CRITICAL_FACILITIES), "reach": UNLINKED_M, "srid": store.city.srid}
    services = store.rows(viewer, query("network.bursts", "services"), asked)
    unlinked = store.rows(viewer, query("network.bursts", "unlinked"), asked)
    duration = assumed_duration(graph.network, found.isolated.customers + found.beyond.customers, rules)
    return Burst(
        segment=told,
        valves=_valves(store, viewer, graph, found),
        isolated=_part(store, viewer, graph, found.isolated) | _facilities(services, beyond=False),
        beyond=_part(store, viewer, graph, found.beyond) | _facilities(services, beyond=True),
        services=services,
        unlinked=unlinked,
        fittings=store.rows(viewer, query("network.bursts", "fittings"), asked),
        sources=graph.node_id[found.sources].tolist(),
        duration=duration,
        left_out=left_out(
            _counts(graph, parts, found)
            | {"burst_facility_unlinked": len(unlinked), "burst_hours_not_read": int(duration is None)}
        ),
    )


def _facilities(services: Sequence[Mapping[str, Any]], beyond: bool) -> dict[str, int]:
    """Count the facilities that must not be without in a part, each once."""
    ids = {each["feature_id"] for row in services if row["beyond"] == beyond for each in row["facilities"]}
    return {"critical_facilities": len(ids)}


def _counts(graph: NetworkGraph, parts: ValveParts, found: Isolation) -> dict[str, int]:
    """Count what the data did not allow."""
    counts = {code: graph.left_out.get(code, 0) for code in _TOLD}
    fed = supply_of(graph, parts).supplied[parts.of_segment[found.segment]]
    counts["burst_without_source"] = int(not graph.source.any())
    counts["burst_part_without_source"] = int(graph.source.any() and not fed)
    return counts


class Parts:
    """The parts of the networks asked of last, so that the next burst of the same network is answered at once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], tuple[tuple[int, ...], ValveParts]] = {}

    def of(self, graph: NetworkGraph, viewer: Viewer) -> ValveParts:
        """Return the parts of a graph as a viewer sees it, cut anew when its data has changed."""
        asked = graph.network, viewer.clearance
        state = graph.data_version, len(graph.node_id), len(graph.segment_id), len(graph.valve_id)
        if asked not in self._kept or self._kept[asked][0] != state:
            self._kept[asked] = state, valve_parts(graph)
        return self._kept[asked][1]


def segment_named(store: Store, viewer: Viewer, segment: int | str, network: str = "of this city") -> dict[str, Any]:
    """Return a segment by its id or by its key.

    Raises
    ------
    UnknownSegment
        There is none; the message says of which network.
    AmbiguousSegment
        Several have that key.
    """
    number = int(segment) if isinstance(segment, int) or segment.isdecimal() else None
    rows = store.rows(viewer, query("network", "segment_details"), {"id": number, "key": str(segment)})
    if not rows:
        raise UnknownSegment(segment, network)
    if len(rows) > 1:
        raise AmbiguousSegment(str(segment), [row["segment_id"] for row in rows])
    return rows[0]


def _valves(store: Store, viewer: Viewer, graph: NetworkGraph, found: Isolation) -> list[dict[str, Any]]:
    """Return the valves of an answer with what is known of them, by role and the nearest first."""
    places = dict(zip(ROLES, (found.close, found.already_closed, found.not_usable, found.reopen), strict=True))
    distance = distances_from(graph, found.segment, found.isolated.segments)
    role = {int(graph.valve_id[place]): name for name, some in places.items() for place in some.tolist()}
    away = {int(graph.valve_id[place]): distance(place) for some in places.values() for place in some.tolist()}
    rows = store.rows(viewer, query("network", "valve_details"), {"valves": list(role)})
    valves = [{"role": role[row["valve_id"]], "distance_m": away[row["valve_id"]], **row} for row in rows]
    valves.sort(key=_by_role_and_distance)
    return [{"order": order + 1, **row} for order, row in enumerate(valves)]


def _by_role_and_distance(valve: Mapping[str, Any]) -> tuple[int, float, int]:
    distance = valve["distance_m"]
    return ROLES.index(valve["role"]), math.inf if distance is None else distance, valve["valve_id"]


def _part(store: Store, viewer: Viewer, graph: NetworkGraph, part: Affected) -> dict[str, Any]:
    """Return the counts and ids of a part."""
    segments = graph.segment_id[part.segments].tolist()
    (held,) = store.rows(viewer, query("network.bursts", "volume"), {"segments": segments})
    return {
        "segments": segments,
        "nodes": graph.node_id[part.nodes].tolist(),
        "length_m": round(part.length_m, 1),
        "volume_m3": round(held["volume_m3"], 1),
        "segments_without_size": held["without_size"],
        "connections": part.connections,
        "customers": part.customers,
        "residents": round(part.residents),
        "residents_unknown": part.residents_unknown,
        "critical": part.critical,
    }
