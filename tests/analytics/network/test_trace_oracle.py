"""Every kind of trace against networkx on 200 random networks with closed pipes, valves and pipes of no length."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import networkx as nx
import numpy as np
import pytest

from cim.analytics.network.flow import Flow, flow_of
from cim.analytics.network.graph import BACKWARD, BOTH, FORWARD, NetworkGraph
from cim.analytics.network.places import Place
from cim.analytics.network.traces.ground import Ground
from cim.analytics.network.traces.trace import KINDS, TraceQuestion
from cim.analytics.network.valve_parts import valve_parts

BLOCKS = 10
_NONE = 1e-6


def random_graph(graph_of, seed: int) -> NetworkGraph:
    """Up to 12 nodes; odd seeds drain, every fifth network has no source at all."""
    draw = np.random.default_rng(seed)
    nodes = int(draw.integers(3, 13))
    ends = []
    while len(ends) < draw.integers(2, 2 * nodes):
        one, other = draw.integers(1, nodes + 1, 2).tolist()
        if one != other:
            ends.append((one, other))
    halves = [(end, 1001 + place) for place, pair in enumerate(ends) for end in pair if draw.random() < 0.25]
    graph = graph_of(
        nodes,
        ends,
        sources=[] if seed % 5 == 0 else draw.choice(np.arange(1, nodes + 1), 2, replace=False).tolist(),
        sinks=draw.choice(np.arange(1, nodes + 1), 2, replace=False).tolist(),
        directions=draw.integers(0, 3, len(ends)).tolist(),
        closed=[1001 + place for place in range(len(ends)) if draw.random() < 0.1],
        open_valves=halves,
        network="sewage" if seed % 2 else "water",
    )
    return replace(graph, length_m=draw.integers(0, 6, len(graph.start)).astype(float))


@dataclass(frozen=True)
class Oracle:
    """The same network as networkx has it."""

    graph: NetworkGraph
    flow: Flow

    @property
    def known(self) -> bool:
        """Whether up and down can be told apart."""
        return self.graph.gravity or bool(self.graph.source.any())

    def view(self, way: str) -> nx.MultiDiGraph:
        """Arcs that a trace in a way may walk."""
        graph, view = self.graph, nx.MultiDiGraph()
        view.add_nodes_from(range(len(graph.node_id)))
        for place in np.flatnonzero(graph.carrying).tolist():
            start, end, flow = int(graph.start[place]), int(graph.end[place]), self.flow.direction[place]
            weight = max(float(graph.length_m[place]), _NONE)
            either = way == "connected" or flow == BOTH
            if either or (flow == FORWARD) == (way == "downstream"):
                view.add_edge(start, end, key=place, weight=weight)
            if either or (flow == BACKWARD) == (way == "downstream"):
                view.add_edge(end, start, key=place, weight=weight)
        return view

    def away(self, start: int, way: str) -> dict[int, float]:
        """Metres to all that is reached."""
        way = way if self.known else "connected"
        return dict(nx.single_source_dijkstra_path_length(self.view(way), start))

    @cached_property
    def cut(self) -> nx.Graph:
        """Nodes and segments, tied where no valve stands."""
        graph, view = self.graph, nx.Graph()
        view.add_nodes_from(("node", node) for node in range(len(graph.node_id)))
        halves = set(zip(graph.valve_node.tolist(), graph.valve_segment.tolist(), strict=True))
        for place in range(len(graph.segment_id)):
            view.add_node(("segment", place))
            for node in {int(graph.start[place]), int(graph.end[place])}:
                if (node, place) not in halves and not graph.shut[place]:
                    view.add_edge(("node", node), ("segment", place))
        return view

    def valves(self, start: int) -> dict[int, float]:
        """Valves between the part of the start and others, and metres to each along the pipes of the part."""
        graph = self.graph
        home = nx.node_connected_component(self.cut, ("node", start))
        inside = nx.MultiGraph()
        inside.add_nodes_from(node for kind, node in home if kind == "node")
        for place in (place for kind, place in home if kind == "segment" and graph.carrying[place]):
            pair = int(graph.start[place]), int(graph.end[place])
            if all(("node", node) in home for node in pair):
                inside.add_edge(*pair, weight=max(float(graph.length_m[place]), _NONE))
        away = nx.single_source_dijkstra_path_length(inside, start)
        met = {}
        for valve in range(len(graph.valve_id)):
            node, place = int(graph.valve_node[valve]), int(graph.valve_segment[valve])
            near, far = ("node", node) in home, ("segment", place) in home
            if near == far:
                continue
            other = int(graph.start[place] + graph.end[place] - node)
            metres = away.get(node) if near else away.get(other, np.inf) + float(graph.length_m[place])
            if metres is not None and np.isfinite(metres):
                met[valve] = metres
        return met


def asked(graph: NetworkGraph, flow: Flow, kind: str, starts, ends=(), **more):
    """The answer of the core, by positions."""
    places = [Place("node", int(graph.node_id[node]), graph.network, "") for node in starts]
    ending = [Place("node", int(graph.node_id[node]), graph.network, "") for node in ends]
    question = TraceQuestion(kind, [place.feature_id for place in places], **more)

    def velocity(chosen, _direction):
        return np.full(len(chosen), 0.5), np.zeros(len(chosen), np.bool_)

    there = Ground(
        graph, question, places, ending, flow, graph.carrying, None, lambda: valve_parts(graph), velocity, {}
    )  # fmt: skip
    return KINDS[kind](there)


def told(found) -> dict[int, float]:
    return dict(zip(found.nodes.tolist(), found.distance_m.tolist(), strict=True))


@pytest.fixture(params=range(BLOCKS))
def cases(graph_of, request):
    """Twenty networks, each with a start and another node."""
    made = []
    for seed in range(20 * request.param, 20 * request.param + 20):
        graph = random_graph(graph_of, seed)
        made.append(
            (graph, Oracle(graph, flow_of(graph)), seed % len(graph.node_id), (3 * seed + 1) % len(graph.node_id))
        )
    return made


def test_what_is_reached(cases) -> None:
    for graph, oracle, start, _ in cases:
        for kind in ("connected", "upstream", "downstream"):
            assert told(asked(graph, oracle.flow, kind, [start])) == pytest.approx(oracle.away(start, kind), abs=1e-4)
        for kind, way in (("spill", "downstream"), ("intrusion", "upstream")):
            found, away = asked(graph, oracle.flow, kind, [start]), oracle.away(start, way)
            minutes = dict(zip(found.nodes.tolist(), found.minutes.tolist(), strict=True))
            assert minutes == pytest.approx({node: metres / 30 for node, metres in away.items()}, abs=1e-4)
        odour = asked(graph, oracle.flow, "odour", [start])
        assert set(odour.nodes.tolist()) == set(oracle.away(start, "connected"))
        assert set(odour.carried.tolist()) == set(oracle.away(start, "upstream"))


def test_outfalls_and_sources(cases) -> None:
    for graph, oracle, start, _ in cases:
        for kind, way, wanted in (("outfall", "downstream", graph.sink), ("source", "upstream", graph.source)):
            found, away = asked(graph, oracle.flow, kind, [start]), oracle.away(start, way)
            ends = {node: metres for node, metres in away.items() if wanted[node]}
            if not ends:
                assert not len(found.nodes)
                assert any(code in found.left_out for code in ("no_outfall", "no_source_reached"))
                continue
            assert wanted[found.nodes[-1]]
            assert found.distance_m[-1] == pytest.approx(min(ends.values()), abs=1e-4)
            reached = dict(zip(found.told.tolist(), found.told_m.tolist(), strict=True))
            assert reached == pytest.approx(ends, abs=1e-4)
            walked(oracle, way, found)


def walked(oracle, way, found) -> None:
    """Each step of a path is a pipe that may be walked in that way."""
    view = oracle.view(way if oracle.known else "connected")
    steps = zip(found.nodes[:-1].tolist(), found.nodes[1:].tolist(), found.segments.tolist(), strict=True)
    assert all(view.has_edge(*step) for step in steps)


def test_paths(cases) -> None:
    for graph, oracle, start, other in cases:
        for way in ("connected", "upstream", "downstream"):
            found = asked(graph, oracle.flow, "path", [start], [other], way=way)
            away = dict(nx.single_source_dijkstra_path_length(oracle.view(way), start))
            assert bool(len(found.nodes)) == (other in away)
            if other in away:
                assert found.distance_m[-1] == pytest.approx(away[other], abs=1e-4)


def test_common_ancestors_and_descendants(cases) -> None:
    for graph, oracle, start, other in cases:
        for way in ("upstream", "downstream"):
            found = asked(graph, oracle.flow, "common", [start, other], way=way)
            both = [oracle.away(node, way) for node in (start, other)]
            wanted = {node: max(each[node] for each in both) for node in both[0].keys() & both[1].keys()}
            assert told(found) == pytest.approx(wanted, abs=1e-4)
            assert (np.diff(found.distance_m) >= 0).all()
            assert found.left_out["no_common"] == (not wanted)


def test_the_next_valves(cases) -> None:
    for graph, oracle, start, _ in cases:
        assert asked(graph, oracle.flow, "valves", [start]).valves == pytest.approx(oracle.valves(start), abs=1e-4)
