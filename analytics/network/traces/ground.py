"""What a trace may walk: the segments and nodes that filters, barriers and closed valves leave, and their flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cim.analytics.errors import BadQuestion
from cim.analytics.network.bursts.burst import Parts
from cim.analytics.network.flow import Arcs, Flow, arcs_of, flow_of
from cim.analytics.network.graph import BACKWARD, BOTH, Flags, Floats, Integers, NetworkGraph, positions
from cim.analytics.network.places import Place, start_nodes, without
from cim.analytics.network.reach import Reached, reach
from cim.analytics.network.traces.velocity import full_pipe_velocity, solved_velocity
from cim.analytics.network.valve_parts import ValveParts
from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer

if TYPE_CHECKING:
    from cim.analytics.network.traces.trace import TraceQuestion


@dataclass(frozen=True)
class Ground:
    """What may be walked, and all that a walk may ask for."""

    graph: NetworkGraph
    """The network."""
    question: TraceQuestion
    """What is asked."""
    starts: Sequence[Place]
    """Where it starts."""
    ends: Sequence[Place]
    """Where it shall end."""
    flow: Flow
    """Which way it flows."""
    segments: Flags
    """(m,) segments that may be walked."""
    nodes: Flags | None
    """(n,) nodes that may be entered; None means all."""
    parts: Callable[[], ValveParts]
    """The parts between valves."""
    velocity: Callable[[Integers, Integers], tuple[Floats, Flags]]
    """Velocity, metres a second, in some segments flowing in some directions, and which of them are assumed."""
    left_out: Mapping[str, int]
    """What filters and data left out: code and count."""
    plain: Known | None = None
    """Arcs that are kept between questions, where this one has no barriers and filters of its own."""

    def arcs(self, way: str) -> Arcs:
        """Return the arcs that may be walked in a way."""
        if self.plain is not None:
            return self.plain.arcs(way)
        return arcs_of(self.graph, way, self.flow.direction, segments=self.segments, nodes=self.nodes)

    def first(self, way: str) -> Integers:
        """Return the nodes to start from."""
        return start_nodes(self.graph, self.starts, way, self.flow.direction)

    def walked(self, way: str) -> Reached:
        """Walk as far as is asked."""
        limit = np.inf if self.question.limit_m is None else self.question.limit_m
        return reach(self.arcs(way), self.first(way), self.graph.length_m, limit)

    @property
    def known(self) -> bool:
        """Whether up and down can be told apart."""
        return "network_without_source" not in self.flow.left_out


class Known:
    """What is derived from a network once for many questions."""

    def __init__(self, graph: NetworkGraph) -> None:
        self.graph = graph
        self.flow = flow_of(graph)
        self._arcs: dict[str, Arcs] = {}

    def arcs(self, way: str) -> Arcs:
        """Return the open arcs of the network in a way."""
        if way not in self._arcs:
            self._arcs[way] = arcs_of(self.graph, way, self.flow.direction)
        return self._arcs[way]


class Kept:
    """What is known of the networks asked of last."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], tuple[tuple[int, ...], Known]] = {}

    def of(self, graph: NetworkGraph, viewer: Viewer) -> Known:
        """Return what is known of a network as a viewer sees it, found anew when its data has changed."""
        asked = graph.network, viewer.clearance
        ids = int(graph.node_id.sum()), int(graph.segment_id.sum())
        state = graph.data_version, len(graph.node_id), len(graph.segment_id), *ids, int(graph.closed.sum())
        if asked not in self._kept or self._kept[asked][0] != state:
            self._kept[asked] = state, Known(graph)
        return self._kept[asked][1]


def ground(
    store: Store,
    viewer: Viewer,
    graph: NetworkGraph,
    question: TraceQuestion,
    places: tuple[Sequence[Place], Sequence[Place]],
    kept: tuple[Parts, Kept],
) -> Ground:
    """Lay out what a question may walk.

    Raises
    ------
    UnknownPlace, BadQuestion
        A place or barrier is not part of the network; flow by level is asked of a network under pressure.
    """
    parts, flows = kept
    left_out: dict[str, int] = {}
    known = flows.of(graph, viewer)
    graph, flow = known.graph, known.flow  # the same arrays as before: what was derived from them still holds
    if question.flow == "level":
        if not graph.gravity:
            raise BadQuestion(f"network {graph.network!r} does not drain by gravity", "ask for its flow by design")
        flow = _by_level(store, viewer, graph, left_out)
    allowed = np.ones(len(graph.start), np.bool_) if question.through_closed else graph.carrying
    allowed = allowed & _filtered(store, viewer, graph, question, left_out)
    segments, nodes = without(graph, question.barriers, allowed)
    fixed = question.velocity_m_s
    usual = flow is known.flow and nodes is None and not (question.through_closed or left_out or question.barriers)
    plain = known if usual else None

    def velocity(chosen: Integers, direction: Integers) -> tuple[Floats, Flags]:
        if fixed is not None:
            return np.full(len(chosen), fixed), np.zeros(len(chosen), np.bool_)
        return _velocity(store, viewer, graph, chosen, direction)

    return Ground(
        graph, question, *places, flow, segments, nodes, lambda: parts.of(graph, viewer), velocity, left_out, plain
    )


def _by_level(store: Store, viewer: Viewer, graph: NetworkGraph, left_out: dict[str, int]) -> Flow:
    """Return the flow by level alone, and count the segments that are recorded otherwise."""
    rows = store.frame(viewer, query("network.traces", "levels"), {"network": graph.network})
    place = positions(graph.segment_id, rows["segment_id"].to_numpy(dtype=np.int64))
    direction = np.full(len(graph.start), BOTH, np.int8)
    direction[place[place >= 0]] = rows["direction"].to_numpy()[place >= 0]
    left_out["segment_against_level"] = int((rows["against"].to_numpy(dtype=bool) & (place >= 0)).sum())
    return flow_of(graph, direction)


def _filtered(
    store: Store, viewer: Viewer, graph: NetworkGraph, question: TraceQuestion, left_out: dict[str, int]
) -> Flags:
    """Return (m,) the segments that pass the filters."""
    passes = np.ones(len(graph.start), np.bool_)
    asked = {
        "network": graph.network,
        "min_diameter_mm": question.min_diameter_mm,
        "max_diameter_mm": question.max_diameter_mm,
        "materials": list(question.materials) or None,
    }
    if not any(value is not None for name, value in asked.items() if name != "network"):
        return passes
    rows = store.frame(viewer, query("network.traces", "filtered"), asked)
    place = positions(graph.segment_id, rows["segment_id"].to_numpy(dtype=np.int64))
    passes[place[place >= 0]] = False
    unknown = rows["unknown"].to_numpy(dtype=bool) & (place >= 0)
    left_out["segment_filtered"] = int(np.count_nonzero(place >= 0) - unknown.sum())
    left_out["segment_filter_unknown"] = int(unknown.sum())
    return passes


def _velocity(
    store: Store, viewer: Viewer, graph: NetworkGraph, chosen: Integers, direction: Integers
) -> tuple[Floats, Flags]:
    """Return the velocity in some segments by what the database knows of them."""
    ids = graph.segment_id[chosen]
    asked = {"segments": ids.tolist(), "network": graph.network}
    rows = store.frame(viewer, query("network.traces", "velocity"), asked)
    rows = rows.set_index("segment_id").reindex(ids)
    turned = np.where(direction == BACKWARD, -1.0, 1.0)
    fall = rows["fall_m"].to_numpy(dtype=float) * turned
    # Which way a segment flows that may flow both ways is what the fall says.
    rows["fall_m"] = np.where(direction == BOTH, np.abs(fall), fall)
    found = full_pipe_velocity(rows, graph.length_m[chosen]) if graph.gravity else solved_velocity(rows)
    return found.m_s, found.assumed
