"""Who is cut off when a segment fails: drawn by hand, and against plain removal with networkx."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest
import wntr
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.analytics.network.components import articulation_points, bridges, component_of_nodes, components
from cim.analytics.network.criticality import criticality
from cim.analytics.network.graph import NetworkGraph

Fed = Callable[..., set[int]]


def removal(graph: NetworkGraph, fed: Fed) -> dict[int, tuple[int, int]]:
    """For each segment, nodes and customers lost, found by taking out one after the other."""
    before = fed(graph)
    customers = dict(zip(graph.node_id.tolist(), graph.customers.tolist(), strict=True))
    lost = {segment: before - fed(graph, segment) for segment in graph.segment_id.tolist()}
    return {segment: (len(nodes), sum(customers[node] for node in nodes)) for segment, nodes in lost.items()}


@st.composite
def networks(draw: st.DrawFn) -> dict[str, object]:
    """Arguments of `network_rows`: parallel segments, loops, closed ones, parts without a root."""
    nodes = draw(st.integers(1, 14))
    node = st.integers(1, nodes)
    segments = draw(st.lists(st.tuples(node, node).filter(lambda ends: ends[0] != ends[1]) if nodes > 1 else node))
    segments = segments if nodes > 1 else []
    return {
        "nodes": nodes,
        "segments": segments,
        "roots": draw(st.sets(node, max_size=3)),
        "customers": draw(st.lists(st.integers(0, 9), min_size=nodes, max_size=nodes)),
        "directions": draw(st.lists(st.sampled_from([0, 0, 1, 2]), min_size=len(segments), max_size=len(segments))),
        "closed": draw(st.sets(st.integers(1001, 1000 + max(len(segments), 1)), max_size=2)),
    }


@pytest.mark.parametrize("network", ["water", "sewage"])
@settings(max_examples=300, deadline=None)
@given(case=networks())
def test_as_plain_removal_finds(graph_of, fed, network, case) -> None:
    roots = case.pop("roots")
    graph = graph_of(case.pop("nodes"), case.pop("segments"), network=network, sources=roots, sinks=roots, **case)
    found = criticality(graph)
    expected = removal(graph, fed)
    cut = dict(
        zip(found.segments.index, zip(found.segments.nodes_cut, found.segments.customers_cut, strict=True), strict=True)
    )
    assert cut == {segment: expected[segment] for segment in cut}
    # What is not answered is closed, or serves nothing now: its removal takes nothing away either.
    assert all(expected[segment] == (0, 0) for segment in set(expected) - set(cut))
    before = fed(graph)
    assert found.served_customers == sum(graph.customers[np.isin(graph.node_id, list(before))])
    assert found.left_out["node_without_supply"] == sum(
        node not in before for node, degree in zip(graph.node_id, np.diff(graph.first_arc), strict=True) if degree
    )


@settings(max_examples=200, deadline=None)
@given(case=networks())
def test_topology_as_networkx_finds(graph_of, case) -> None:
    del case["roots"]
    graph = graph_of(case.pop("nodes"), case.pop("segments"), **case)
    view = graph.networkx()
    view.remove_edges_from([edge[:3] for edge in view.edges(keys=True, data="closed") if edge[3]])
    simple = nx.Graph(view)
    split = {frozenset(edge) for edge in nx.bridges(simple)}
    expected = {
        key
        for start, end, key in view.edges(keys=True)
        if {start, end} in split and view.number_of_edges(start, end) == 1
    }
    assert set(graph.segment_id[bridges(graph)].tolist()) == expected
    assert set(articulation_points(graph).tolist()) == set(nx.articulation_points(simple))
    part = component_of_nodes(graph)
    parts = [set(graph.node_id[part == number].tolist()) for number in range(part.max(initial=-1) + 1)]
    assert sorted(map(sorted, parts)) == sorted(sorted(c) for c in nx.connected_components(simple) if len(c) > 1)
    lengths = components(graph, part).length_m.tolist()
    assert lengths == sorted(lengths, reverse=True)
    assert sum(lengths) == 10.0 * np.count_nonzero(graph.carrying)


def test_two_sources_and_a_spur(graph_of) -> None:
    """Water. S1 and S6 feed a line; 4 and 5 hang on a spur, 7 and 8 form a ring of parallel pipes.

    ::

        S1 ─1001─ 2 ─1002─ 3 ─1003─ S6
                           │1004
                           4 ─1005─ 5      7 ═1006,1007═ 8 (no source)
    """
    segments = [(1, 2), (2, 3), (3, 6), (3, 4), (4, 5), (7, 8), (8, 7)]
    graph = graph_of(8, segments, sources=[1, 6], customers=[0, 10, 20, 30, 40, 0, 5, 6])
    found = criticality(graph)
    table = found.segments
    assert table.index.tolist() == [1001, 1002, 1003, 1004, 1005]
    assert table.bridge.tolist() == [True] * 5  # each splits the line, yet two sources keep it fed
    assert table.nodes_cut.tolist() == [0, 0, 0, 2, 1]
    assert table.customers_cut.tolist() == [0, 0, 0, 70, 40]
    assert table.residents_cut.tolist() == [0, 0, 0, 140, 80]
    assert table.grade.tolist() == [0, 0, 0, 4, 4]
    assert found.served_customers == 100
    assert found.left_out["segment_without_source"] == 2
    assert found.left_out["customer_without_supply"] == 11
    assert found.components.to_dict("list") == {
        "nodes": [6, 2],
        "segments": [5, 2],
        "length_m": [50.0, 20.0],
        "sources": [2, 0],
        "customers": [100, 11],
    }


def test_sewer_with_a_reversed_pipe_and_an_overflow(graph_of) -> None:
    """Sewage, flow downwards; 1003 was surveyed against the flow, node 4 has a second way out.

    ::

        1        2
         1001  1002
           3        6 ─1006 (drawn against the flow)→ 3
         1004
           4 ─1005→ O5
           └──1007→ O7
    """
    segments = [(1, 3), (2, 3), (3, 8), (3, 4), (4, 5), (3, 6), (4, 7)]
    graph = graph_of(8, segments, network="sewage", sinks=[5, 7], customers=[3, 4, 5, 6, 0, 7, 0, 9])
    found = criticality(graph)
    cut = found.segments.customers_cut.to_dict()
    # 3 → 8 leads nowhere and 3 → 6 too: they drain nobody, and 6 and 8 have no way to an outfall.
    assert cut == {1001: 3, 1002: 4, 1003: 0, 1004: 12, 1005: 0, 1006: 0, 1007: 0}
    assert found.left_out["node_without_supply"] == 2
    assert found.left_out["customer_without_supply"] == 16
    assert found.segments.critical_cut.tolist() == [0] * 7  # node 8, the critical one, is not served


def test_no_source_is_not_answered(graph_of) -> None:
    for network, reason in (("water", "segment_without_source"), ("storm", "segment_without_outfall")):
        found = criticality(graph_of(3, [(1, 2), (2, 3)], network=network))
        assert found.segments.empty
        assert found.left_out[reason] == 2
        assert found.components.segments.tolist() == [2]


def test_closed_segments_carry_nothing(graph_of) -> None:
    """A ring of four with one segment closed is a line: every other segment cuts what lies behind it."""
    ring = [(1, 2), (2, 3), (3, 4), (4, 1)]
    open_ring = criticality(graph_of(4, ring, sources=[1]))
    assert open_ring.segments.nodes_cut.tolist() == [0, 0, 0, 0]
    line = criticality(graph_of(4, ring, sources=[1], closed=[1004]))
    assert line.segments.nodes_cut.to_dict() == {1001: 3, 1002: 2, 1003: 1}
    assert line.left_out["segment_closed"] == 1


def test_grades_by_share_of_served_customers(graph_of) -> None:
    """A star of 1,000 customers: shares of 0.4, 0.5, 1.9, 2, 9.9 and 10 % and the rest on the hub."""
    leaves = [4, 5, 19, 20, 99, 100]
    star = [(1, leaf) for leaf in range(2, 8)]
    found = criticality(graph_of(7, star, sources=[1], customers=[1000 - sum(leaves), *leaves]))
    assert found.segments.grade.tolist() == [1, 2, 2, 3, 3, 4]


def test_without_connections_nodes_grade(graph_of) -> None:
    found = criticality(graph_of(4, [(1, 2), (2, 3), (2, 4)], sources=[1], customers=[0, 0, 0, 0]))
    assert found.segments.grade.tolist() == [4, 4, 4]
    assert found.segments.customers_cut.tolist() == [0, 0, 0]
    assert found.segments.residents_cut.isna().all()  # nobody knows: not zero
    assert found.left_out["connections_unknown"] == 1


def test_unknown_residents_are_not_zero(rows_of) -> None:
    from cim.analytics.network.building import build_graph

    rows = rows_of(4, [(1, 2), (2, 3), (2, 4)], sources=[1])
    rows.services["residents"][2] = rows.services["residents_known"][2] = 0
    found = criticality(build_graph("water", 1, rows))
    np.testing.assert_array_equal(found.segments.residents_cut, [4.0, np.nan, 2.0])
    assert found.left_out["connection_without_residents"] == 1


def test_long_line_in_linear_time_and_without_recursion(graph_of) -> None:
    count = 200_000
    found = criticality(graph_of(count, [(i, i + 1) for i in range(1, count)], sources=[1]))
    np.testing.assert_array_equal(found.segments.nodes_cut, np.arange(count - 1, 0, -1))


@pytest.fixture(scope="module")
def ky4(graph_of) -> NetworkGraph:
    """WNTR's ky4: reservoirs and tanks feed it, each junction counts as one customer."""
    model = wntr.network.WaterNetworkModel("ky4")
    number = {name: place for place, name in enumerate(model.node_name_list, start=1)}
    links = [(number[link.start_node_name], number[link.end_node_name]) for _, link in model.links()]
    feeding = [number[name] for name in [*model.reservoir_name_list, *model.tank_name_list]]
    return graph_of(len(number), links, sources=feeding)


def test_ky4_as_plain_removal_finds(ky4) -> None:
    found = criticality(ky4).segments
    assert len(found) == len(ky4.segment_id)
    view = ky4.networkx()
    view.add_edges_from((0, source, 0) for source in ky4.node_id[ky4.source].tolist())
    whole = len(nx.node_connected_component(view, 0))
    lost = {}
    for start, end, segment in list(view.edges(keys=True)):
        if segment:
            view.remove_edge(start, end, segment)
            lost[segment] = whole - len(nx.node_connected_component(view, 0))
            view.add_edge(start, end, segment)
    assert found.nodes_cut.to_dict() == lost
    assert max(lost.values()) > 1
