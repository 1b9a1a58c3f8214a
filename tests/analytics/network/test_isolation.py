"""Isolation by hand: each case is drawn; valves are written as x where they are open and X where they are closed."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
import wntr
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.analytics.errors import NotIsolable, UnknownSegment, UnknownValve
from cim.analytics.network.bursts.isolation import isolation
from cim.analytics.network.valve_parts import valve_parts


def burst(graph, segment, stuck=()):
    """Return an isolation as sets of ids."""
    found = isolation(graph, valve_parts(graph), segment, stuck)
    return {
        "close": set(graph.valve_id[found.close].tolist()),
        "closed": set(graph.valve_id[found.already_closed].tolist()),
        "not usable": set(graph.valve_id[found.not_usable].tolist()),
        "isolated": set(graph.segment_id[found.isolated.segments].tolist()),
        "nodes": set(graph.node_id[found.isolated.nodes].tolist()),
        "beyond": set(graph.segment_id[found.beyond.segments].tolist()),
        "customers": (found.isolated.customers, found.beyond.customers),
        "reopen": set(graph.valve_id[found.reopen].tolist()),
        "sources": set(graph.node_id[found.sources].tolist()),
    }


LINE = [(1, 2), (2, 3), (3, 4), (4, 5)]


def test_between_two_valves_and_beyond(graph_of) -> None:
    """Source 1 ──x 2 ── 3 x── 4 ── 5: what lies behind the second valve has no other way to a source.

    Valve 5001 stands on 1001 at node 2, valve 5002 on 1003 at node 3.
    """
    graph = graph_of(5, LINE, sources=[1], customers=[0, 2, 3, 4, 5], open_valves=[(2, 1001), (3, 1003)])
    assert burst(graph, 1002) == {
        "close": {5001, 5002},
        "closed": set(),
        "not usable": set(),
        "isolated": {1002},
        "nodes": {2, 3},
        "beyond": {1003, 1004},
        "customers": (5, 9),
        "reopen": set(),
        "sources": set(),
    }


def test_a_missing_valve_makes_the_part_larger(graph_of) -> None:
    """Source 1 ──x 2 ── 3 ── 4 ── 5: a dead end without another valve lies within."""
    found = burst(graph_of(5, LINE, sources=[1], open_valves=[(2, 1001)]), 1004)
    assert found["close"] == {5001}
    assert found["isolated"] == {1002, 1003, 1004}
    assert found["beyond"] == set()


def test_a_stuck_valve_is_skipped_and_named(graph_of) -> None:
    """Source 1 ──x 2 ──x 3 ── 4 x── 5: with 5002 stuck the part reaches to 5001."""
    graph = graph_of(5, LINE, sources=[1], open_valves=[(2, 1001), (3, 1002), (4, 1004)])
    assert burst(graph, 1003)["close"] == {5002, 5003}
    found = burst(graph, 1003, stuck=[5002])
    assert found["close"] == {5001, 5003}
    assert found["not usable"] == {5002}
    assert found["isolated"] == {1002, 1003}
    known = graph_of(5, LINE, sources=[1], open_valves=[(2, 1001), (3, 1002), (4, 1004)], stuck=[5002])
    assert burst(known, 1003) == found


def test_a_closed_valve_bounds_even_when_it_is_stuck(graph_of) -> None:
    """Source 1 ──x 2 ── 3 X── 4 ── 5 source: nobody need go to the closed valve."""
    graph = graph_of(5, LINE, sources=[1, 5], valves=[(3, 1003)], open_valves=[(2, 1001)], stuck=[5001])
    found = burst(graph, 1002)
    assert (found["close"], found["closed"], found["not usable"]) == ({5002}, {5001}, set())
    assert found["beyond"] == set()


def test_two_sources_leave_nothing_without(graph_of) -> None:
    """Source 1 ──x 2 ── 3 x── 4 ── 5 source."""
    graph = graph_of(5, LINE, sources=[1, 5], open_valves=[(2, 1001), (3, 1003)])
    assert burst(graph, 1002)["beyond"] == set()


def test_a_closed_valve_that_would_help_is_named(graph_of) -> None:
    """What 1002's isolation cuts off is joined to the second source by a closed valve.

    ::

        source 1 ──x 2 ── 3 x── 4 ── 5 X── 6 source
    """
    graph = graph_of(6, [*LINE, (5, 6)], sources=[1, 6], valves=[(5, 1005)], open_valves=[(2, 1001), (3, 1003)])
    found = burst(graph, 1002)
    assert found["beyond"] == {1003, 1004}
    assert found["reopen"] == {5001}


def test_a_source_within_the_part_is_named(graph_of) -> None:
    """Source 1 ── 2 x── 3."""
    found = burst(graph_of(3, [(1, 2), (2, 3)], sources=[1], open_valves=[(2, 1002)]), 1001)
    assert found["sources"] == {1}
    assert found["beyond"] == {1002}


def test_a_part_that_was_dry_before_is_no_loss(graph_of) -> None:
    """Source 1 ──x 2 x── 3 X── 4: 4 had nothing before."""
    graph = graph_of(4, [(1, 2), (2, 3), (3, 4)], sources=[1], valves=[(3, 1003)], open_valves=[(2, 1001), (2, 1002)])
    assert burst(graph, 1001)["beyond"] == {1002}


def test_a_closed_segment_is_a_part_of_its_own(graph_of) -> None:
    """Source 1 ── 2 ═closed═ 3 ── 4 source."""
    graph = graph_of(4, [(1, 2), (2, 3), (3, 4)], sources=[1, 4], closed=[1002])
    assert burst(graph, 1001)["isolated"] == {1001}
    assert burst(graph, 1002)["isolated"] == {1002}


def test_questions_that_have_no_answer(graph_of) -> None:
    with pytest.raises(NotIsolable, match="is not under pressure"):
        burst(graph_of(2, [(1, 2)], sinks=[2], network="sewage"), 1001)
    graph = graph_of(2, [(1, 2)], sources=[1])
    with pytest.raises(UnknownSegment, match="no segment 7"):
        burst(graph, 7)
    with pytest.raises(UnknownValve, match="no valve 8"):
        burst(graph, 1001, stuck=[8])


@st.composite
def networks(draw):
    """Draw a small network with valves at any ends of its segments, some closed, some stuck."""
    nodes = draw(st.integers(2, 7))
    pairs = list(itertools.combinations(range(1, nodes + 1), 2))
    segments = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=9))
    ends = [(end, 1001 + number) for number, pair in enumerate(segments) for end in pair]
    placed = draw(st.lists(st.sampled_from(ends), unique=True, max_size=len(ends)))
    closed = draw(st.integers(0, len(placed)))
    stuck = draw(st.sets(st.integers(5001, 5000 + max(len(placed), 1))))
    sources = draw(st.sets(st.integers(1, nodes), min_size=1, max_size=2))
    return nodes, segments, placed[:closed], placed[closed:], stuck, sources


def by_search(graph, segment):
    """Answer the same question by plain search over nodes, segments and valves."""
    view = nx.Graph()
    view.add_nodes_from(("node", node) for node in range(len(graph.node_id)))
    view.add_nodes_from(("segment", number) for number in range(len(graph.segment_id)))
    valve = {
        (node, number): place
        for place, (node, number) in enumerate(
            zip(graph.valve_node.tolist(), graph.valve_segment.tolist(), strict=True)
        )
    }
    for number, ends in enumerate(zip(graph.start.tolist(), graph.end.tolist(), strict=True)):
        for node in ends:
            view.add_edge(("node", node), ("segment", number), valve=valve.get((node, number)))

    def part(edges):
        return nx.subgraph_view(view, filter_edge=lambda one, other: edges(view.edges[one, other]["valve"]))

    cannot_stop = part(lambda v: v is None or (not graph.valve_closed[v] and not graph.valve_operable[v]))
    inside = nx.node_connected_component(cannot_stop, ("segment", segment))
    flowing = part(lambda v: v is None or not graph.valve_closed[v])
    sources = [("node", node) for node in np.flatnonzero(graph.source).tolist()]
    before = set().union(*(nx.node_connected_component(flowing, source) for source in sources))
    rest = nx.subgraph_view(flowing, filter_node=lambda vertex: vertex not in inside)
    after = set().union(*(nx.node_connected_component(rest, source) for source in sources if source not in inside))
    close = {
        data["valve"]
        for one, other, data in view.edges(data=True)
        if (one in inside) != (other in inside) and not graph.valve_closed[data["valve"]]
    }
    return inside, before - after - inside, close


@given(networks())
@settings(max_examples=200)
def test_as_plain_search_finds(graph_of, drawn) -> None:
    nodes, segments, closed, open_, stuck, sources = drawn
    graph = graph_of(nodes, segments, sources=sources, valves=closed, open_valves=open_, stuck=stuck)
    parts = valve_parts(graph)
    for segment, segment_id in enumerate(graph.segment_id.tolist()):
        inside, beyond, close = by_search(graph, segment)
        found = isolation(graph, parts, segment_id)
        for part, expected in ((found.isolated, inside), (found.beyond, beyond)):
            vertices = {("node", node) for node in part.nodes.tolist()}
            assert vertices | {("segment", number) for number in part.segments.tolist()} == expected
        assert set(found.close.tolist()) == close


@pytest.mark.parametrize("name", ["Net3", "Net6", "ky4", "ky10"])
def test_the_same_partition_as_wntr(name, graph_of) -> None:
    model = wntr.network.WaterNetworkModel(name)
    number = {node: place + 1 for place, node in enumerate(model.node_name_list)}
    links = [(link.start_node_name, link.end_node_name) for _, link in model.links()]
    layer = wntr.network.generate_valve_layer(model, "strategic", 2, seed=7)
    row = {link: place for place, link in enumerate(model.link_name_list)}
    valves = [(number[each.node], 1001 + row[each.link]) for each in layer.itertuples()]
    graph = graph_of(
        len(number), [(number[start], number[end]) for start, end in links], sources=[1], open_valves=valves
    )
    parts = valve_parts(graph)
    node_parts, link_parts, _ = wntr.metrics.valve_segments(model.to_graph(), layer)
    mine = [*parts.of_node.tolist(), *parts.of_segment.tolist()]
    theirs = [*node_parts[model.node_name_list].tolist(), *link_parts[model.link_name_list].tolist()]
    assert len(set(zip(mine, theirs, strict=True))) == len(set(mine)) == len(set(theirs))
