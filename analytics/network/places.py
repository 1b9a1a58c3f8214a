"""From what a person calls a manhole or a pipe to its position in a network's arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cim.analytics.errors import AmbiguousPlace, BadQuestion, UnknownPlace
from cim.analytics.network.graph import BOTH, FORWARD, Flags, Integers, NetworkGraph, positions
from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer


@dataclass(frozen=True)
class Place:
    """A node or a segment that a question names."""

    theme: str
    """node or segment; a device is where it stands."""
    feature_id: int
    """Its stable id."""
    network: str
    """Its network."""
    key: str
    """Its key in the survey."""


def place_of(store: Store, viewer: Viewer, name: int | str, network: str | None = None) -> Place:
    """Find a node or segment by its id or by its key.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not found.
    name
        Feature id, or key in its source.
    network
        Only in this network.

    Raises
    ------
    UnknownPlace, AmbiguousPlace
        None, or more than one, is called that.
    """
    number = int(name) if isinstance(name, int) or name.isdecimal() else None
    asked = {"id": number, "key": str(name), "network": network}
    rows = store.rows(viewer, query("network", "place"), asked)
    if not rows:
        raise UnknownPlace(name, f"of network {network!r}" if network else "of this city")
    alike = {row["feature_id"] for row in rows if row["theme"] == rows[0]["theme"]}
    if len(alike) > 1:
        raise AmbiguousPlace(str(name), sorted(alike))
    return Place(**rows[0])


def places_of(store: Store, viewer: Viewer, names: Iterable[int | str], network: str | None = None) -> list[Place]:
    """Find several, all of one network.

    Raises
    ------
    UnknownPlace, AmbiguousPlace
        One of them is not to be found.
    BadQuestion
        None is named, or they are of different networks.
    """
    found: list[Place] = []
    for name in names:
        found.append(place_of(store, viewer, name, network or (found[0].network if found else None)))
    return found


def start_nodes(graph: NetworkGraph, places: Sequence[Place], way: str, direction: Integers) -> Integers:
    """Return the positions of the nodes from which a trace walks: of a segment its end in that way, or both.

    Raises
    ------
    UnknownPlace
        A place is not part of the network in use.
    """
    nodes: list[int] = []
    for place in places:
        if place.theme == "node":
            nodes.append(_position(graph.node_id, place, graph))
            continue
        segment = _position(graph.segment_id, place, graph)
        start, end, flow = int(graph.start[segment]), int(graph.end[segment]), int(direction[segment])
        if way == "connected" or flow == BOTH:
            nodes += [start, end]
        else:
            nodes.append(end if (flow == FORWARD) == (way == "downstream") else start)
    return np.unique(nodes)


def start_segments(graph: NetworkGraph, places: Sequence[Place]) -> Integers:
    """Return the positions of the segments among places."""
    ids = np.array([place.feature_id for place in places if place.theme == "segment"], np.int64)
    return positions(graph.segment_id, ids)


def without(graph: NetworkGraph, barriers: Iterable[int], segments: Flags) -> tuple[Flags, Flags | None]:
    """Take barriers out of what may be walked.

    Parameters
    ----------
    graph
        The network.
    barriers
        Feature ids of nodes, segments or valves.
    segments
        (m,) segments that may be walked.

    Returns
    -------
    segments, nodes
        What may be walked and entered; nodes None where no node is a barrier.

    Raises
    ------
    UnknownPlace
        A barrier is not part of the network.
    """
    ids = np.array(sorted(set(barriers)), np.int64)
    if not len(ids):
        return segments, None
    segment, node, valve = (positions(known, ids) for known in (graph.segment_id, graph.node_id, graph.valve_id))
    unknown = (segment < 0) & (node < 0) & (valve < 0)
    if unknown.any():
        raise UnknownPlace(int(ids[unknown][0]), f"or valve in use in network {graph.network!r}")
    segments = np.array(segments)
    segments[segment[segment >= 0]] = False
    segments[graph.valve_segment[valve[valve >= 0]]] = False
    nodes = np.ones(len(graph.node_id), np.bool_)
    nodes[node[node >= 0]] = False
    return segments, nodes


def one_network(places: Sequence[Place]) -> str:
    """Return the network of places.

    Raises
    ------
    BadQuestion
        They are of different networks.
    """
    networks = sorted({place.network for place in places})
    if len(networks) != 1:
        raise BadQuestion(f"the places named are of {len(networks)} networks", "name nodes and segments of one network")
    return networks[0]


def _position(ids: Integers, place: Place, graph: NetworkGraph) -> int:
    position = int(positions(ids, np.array([place.feature_id]))[0])
    if position < 0:
        raise UnknownPlace(place.key, f"in use, or with both its ends, in network {graph.network!r}")
    return position
