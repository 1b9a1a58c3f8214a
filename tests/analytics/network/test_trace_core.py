"""Traces on arrays against networkx, on 200 random networks, and by hand."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from cim.analytics.network import reach as walks
from cim.analytics.network.compiled_walks import WAITING
from cim.analytics.network.flow import Arcs, arcs_of, distance_from_sources, flow_of
from cim.analytics.network.graph import BACKWARD, BOTH, FORWARD
from cim.analytics.network.loops import loops_of
from cim.analytics.network.reach import reach, shortest_path


def random_network(graph_of, seed):
    """A network of up to 14 nodes with parallel pipes, closed pipes and pipes of no length; odd seeds drain."""
    draw = np.random.default_rng(seed)
    nodes = int(draw.integers(2, 15))
    ends = []
    while len(ends) < draw.integers(1, 2 * nodes):
        one, other = draw.integers(1, nodes + 1, 2).tolist()
        if one != other:
            ends.append((one, other))
    graph = graph_of(
        nodes,
        ends,
        sources=draw.choice(np.arange(1, nodes + 1), min(nodes, 2), replace=False).tolist(),
        sinks=[nodes],
        directions=draw.integers(0, 3, len(ends)).tolist(),
        closed=[1001 + i for i in range(len(ends)) if draw.random() < 0.1],
        network="sewage" if seed % 2 else "water",
    )
    return replace(graph, length_m=draw.integers(0, 6, len(graph.start)).astype(float))


def digraph(graph, direction, way):
    """The arcs of a trace as networkx has them, by positions."""
    view = nx.MultiDiGraph()
    view.add_nodes_from(range(len(graph.node_id)))
    for i in np.flatnonzero(graph.carrying).tolist():
        start, end = int(graph.start[i]), int(graph.end[i])
        with_flow = direction[i] in (FORWARD, BOTH)
        against = direction[i] in (BACKWARD, BOTH)
        if way == "connected":
            with_flow = against = True
        elif way == "upstream":
            with_flow, against = against, with_flow
        weight = max(float(graph.length_m[i]), 1e-6)
        if with_flow:
            view.add_edge(start, end, key=i, weight=weight)
        if against:
            view.add_edge(end, start, key=i, weight=weight)
    return view


@pytest.mark.parametrize("large", [0, walks.LARGE], ids=["compiled", "scipy"])
@pytest.mark.parametrize("block", range(10))
def test_as_networkx_walks(graph_of, block, large, monkeypatch) -> None:
    monkeypatch.setattr(walks, "LARGE", large)
    for seed in range(20 * block, 20 * block + 20):
        graph = random_network(graph_of, seed)
        direction = flow_of(graph).direction
        for way in ("connected", "upstream", "downstream"):
            view, arcs = digraph(graph, direction, way), arcs_of(graph, way, direction)
            start = seed % len(graph.node_id)
            expected = nx.single_source_dijkstra_path_length(view, start)
            found = reach(arcs, np.array([start]), graph.length_m)
            assert found.nodes.tolist()[0] == start
            cost = dict(zip(found.nodes.tolist(), found.cost.tolist(), strict=True))
            assert cost == pytest.approx(expected)
            walked = {key for one, other, key in view.edges(keys=True) if one in expected and other in expected}
            assert set(found.segments.tolist()) == walked
            several = reach(arcs, np.array([start, len(graph.node_id) - 1]), graph.length_m, limit=4.0)
            within = nx.multi_source_dijkstra_path_length(view, {start, len(graph.node_id) - 1}, cutoff=4.0)
            assert set(several.nodes.tolist()) == set(within)
            assert_paths(view, arcs, graph, start, expected)


def assert_paths(view, arcs, graph, start, expected) -> None:
    for end in range(len(graph.node_id)):
        path = shortest_path(arcs, start, np.array([end]), graph.length_m)
        far = shortest_path(arcs, start, np.array([end]), graph.length_m * 700)
        assert (far is None) == (path is None)
        assert far is None or far.cost == pytest.approx(700 * path.cost)
        assert (path is not None) == (end in expected)
        if path is None:
            continue
        assert path.cost == pytest.approx(expected[end], abs=1e-4)
        steps = zip(path.nodes[:-1].tolist(), path.nodes[1:].tolist(), path.segments.tolist(), strict=True)
        assert all(view.has_edge(*step) for step in steps)
        assert path.cost == pytest.approx(graph.length_m[path.segments].sum())


@pytest.mark.parametrize("block", range(10))
def test_loops_as_networkx_finds_them(graph_of, block) -> None:
    for seed in range(20 * block, 20 * block + 20):
        graph = random_network(graph_of, seed)
        direction = flow_of(graph).direction
        found = loops_of(graph, graph.carrying, direction)
        view = nx.MultiGraph()
        ends = {i: (int(graph.start[i]), int(graph.end[i])) for i in np.flatnonzero(graph.carrying).tolist()}
        view.add_edges_from((*pair, i) for i, pair in ends.items())
        # A pipe lies on a loop when its ends stay joined without it.
        looped = set()
        for i, pair in ends.items():
            view.remove_edge(*pair, key=i)
            if nx.has_path(view, *pair):
                looped.add(i)
            view.add_edge(*pair, key=i)
        assert {i for loop in found for i in loop.segments.tolist()} == looped
        one_way = nx.DiGraph()
        for i, (start, end) in ends.items():
            if direction[i] != BOTH:
                one_way.add_edge(*((end, start) if direction[i] == BACKWARD else (start, end)))
        circles = [part for part in nx.strongly_connected_components(one_way) if len(part) > 1]
        turning = {i for i, pair in ends.items() if direction[i] != BOTH and any(set(pair) <= part for part in circles)}
        assert {i for loop in found for i in loop.round.tolist()} == turning


def in_a_row(lengths) -> tuple[Arcs, np.ndarray]:
    """Arcs and lengths of a main, with a branch of its own from its first node to each further node."""
    count = len(lengths)
    ends = [(0, place + 1) for place in range(count)]
    first = np.concatenate([[0], np.full(count + 1, count)]).astype(np.int32)
    node, segment = np.array([end for _, end in ends], np.int32), np.arange(count, dtype=np.int32)
    by_place = np.random.default_rng(count).permutation(count + 1).astype(np.int32)
    return Arcs(first, node, segment, by_place), np.asarray(lengths, float)


def test_a_large_network_is_walked_by_compiled_code_whatever_its_lengths() -> None:
    """One pipe as long as a country (a bad record) leaves all others in one bucket: put in order all the same."""
    draw = np.random.default_rng(1)
    lengths = np.concatenate([draw.uniform(1, 2, walks.LARGE), [1e9]])
    arcs, weight = in_a_row(lengths)
    found = walks.reach(arcs, np.array([0]), weight)
    assert found.nodes.tolist() == [0, *(np.argsort(lengths, kind="stable") + 1).tolist()]
    assert found.cost.tolist() == [0.0, *np.sort(lengths).tolist()]
    assert sorted(found.segments.tolist()) == list(range(len(lengths)))
    near = walks.reach(arcs, np.array([0]), weight, limit=1.5)
    assert near.nodes.tolist() == found.nodes[found.cost <= 1.5].tolist()
    assert walks.shortest_path(arcs, 1, np.array([0]), weight) is None
    assert walks.shortest_path(arcs, 0, np.array([7, 9]), weight).segments.tolist() == [
        6 + 2 * (lengths[8] < lengths[6])
    ]


def test_landmarks_lead_to_the_nearest_end_of_a_city_of_streets(graph_of, monkeypatch) -> None:
    """60 by 60 corners, apart from two that stand alone; up to three ends: the first path does without landmarks."""
    monkeypatch.setattr(walks, "LARGE", 0)
    draw = np.random.default_rng(4)
    view = nx.convert_node_labels_to_integers(nx.grid_2d_graph(60, 60))
    graph = graph_of(3602, [(one + 1, other + 1) for one, other in view.edges] + [(3601, 3602)])
    length = draw.exponential(40, len(graph.start))
    for (one, other), metres in zip([*view.edges, (3600, 3601)], length.tolist(), strict=True):
        view.add_edge(one, other, weight=metres)
    arcs = arcs_of(graph, "connected")
    for number in range(60):
        start, *ends = draw.integers(0, 3602, 2 + number % 3).tolist()
        away = nx.single_source_dijkstra_path_length(view, start)
        path = shortest_path(arcs, start, np.array(ends), length)
        near = [away[end] for end in ends if end in away]
        assert (path is None) == (not near)
        if path is not None:
            assert path.cost == pytest.approx(min(near), abs=1e-4)
            assert path.nodes[-1] in ends
    assert shortest_path(arcs, 3600, np.array([3601]), length).nodes.tolist() == [3600, 3601]
    assert shortest_path(arcs, 3600, np.array([5]), length) is None
    assert np.isfinite(walks.walker(arcs, length)._away).all(axis=1).sum() == 3600


def test_a_walk_takes_more_room_where_it_needs_it() -> None:
    arcs, weight = in_a_row(np.arange(1.0, 9.0))
    walker = walks.walker(arcs, weight)
    room = walker._room()
    walker._rooms.append(room._replace(waiting=np.empty(2, WAITING)))
    nodes, cost, _ = walker.reach(np.array([0]), np.inf)
    assert (nodes.tolist(), cost.tolist()) == (list(range(9)), list(range(9)))
    assert [len(kept.waiting) for kept in walker._rooms] == [8]
    assert np.isinf(walker._rooms[0].nodes["cost"]).all()


def test_water_flows_away_from_the_nearest_source(graph_of) -> None:
    """Source 1 ── 2 ── 3 ── 4 source, and 5 ── 6 that no source reaches: 2 ── 3 flows nobody knows where to."""
    graph = graph_of(6, [(1, 2), (3, 2), (4, 3), (5, 6)], sources=[1, 4])
    flow = flow_of(graph)
    assert flow.direction.tolist() == [FORWARD, BOTH, FORWARD, BOTH]
    assert flow.left_out == {"segment_direction_unknown": 1, "segment_without_source": 1}
    assert distance_from_sources(graph).tolist() == [0, 10, 10, 0, np.inf, np.inf]


def test_a_network_without_source_says_so(graph_of) -> None:
    flow = flow_of(graph_of(2, [(1, 2)]))
    assert flow.direction.tolist() == [BOTH]
    assert flow.left_out == {"network_without_source": 1}


def test_barriers_stop_and_filters_leave_out(graph_of) -> None:
    """1 ── 2 ── 3 ── 4 with a way round by 5: node 3 may not be entered."""
    graph = graph_of(5, [(1, 2), (2, 3), (3, 4), (2, 5), (5, 4)], sources=[1])
    nodes = np.array([True, True, False, True, True])
    arcs = arcs_of(graph, "connected", nodes=nodes)
    assert sorted(reach(arcs, np.array([0]), graph.length_m).nodes.tolist()) == [0, 1, 3, 4]
    segments = graph.carrying & (graph.segment_id != 1004)
    arcs = arcs_of(graph, "connected", segments=segments, nodes=nodes)
    assert sorted(reach(arcs, np.array([0]), graph.length_m).nodes.tolist()) == [0, 1]


def test_a_sewer_that_goes_round(graph_of) -> None:
    """1 → 2 → 3 → 4 → 2: of the loop's three segments all turn; 1 → 2 is none of it."""
    graph = graph_of(4, [(1, 2), (2, 3), (3, 4), (4, 2)], sinks=[4], network="sewage")
    (loop,) = loops_of(graph, graph.carrying, graph.direction)
    assert graph.segment_id[loop.segments].tolist() == [1002, 1003, 1004]
    assert graph.segment_id[loop.round].tolist() == [1002, 1003, 1004]
    assert loop.independent == 1
