"""From rows to arrays: what is connected, what is closed, what is left out and counted."""

from __future__ import annotations

import numpy as np
import pytest

from cim.analytics.network.building import build_graph
from cim.analytics.network.graph import adjacency


def test_arcs_of_each_node(graph_of) -> None:
    graph = graph_of(4, [(1, 2), (2, 3), (2, 3)])
    arcs = {
        int(node): sorted(
            zip(
                graph.node_id[graph.arc_node[first:last]].tolist(),
                graph.segment_id[graph.arc_segment[first:last]].tolist(),
                strict=True,
            )
        )
        for node, first, last in zip(graph.node_id, graph.first_arc, graph.first_arc[1:], strict=False)
    }
    assert arcs == {1: [(2, 1001)], 2: [(1, 1001), (3, 1002), (3, 1003)], 3: [(2, 1002), (2, 1003)], 4: []}
    assert graph.left_out["node_without_segment"] == 1


def test_order_of_rows_does_not_matter(rows_of) -> None:
    rows = rows_of(5, [(1, 2), (2, 3), (3, 4), (4, 5)], sources=[1], customers=[5, 4, 3, 2, 1])
    once = build_graph("water", 1, rows)
    for part in (rows.nodes, rows.segments, rows.services):
        part[:] = part[::-1].copy()
    again = build_graph("water", 1, rows)
    np.testing.assert_array_equal(once.customers, [5, 4, 3, 2, 1])
    np.testing.assert_array_equal(once.customers, again.customers)
    np.testing.assert_array_equal(once.start, again.start)
    np.testing.assert_array_equal(once.arc_segment, again.arc_segment)


def test_what_cannot_be_used_is_counted(rows_of) -> None:
    rows = rows_of(4, [(1, 2), (2, 9), (0, 3), (3, 3), (2, 3), (3, 4)], customers=[1, 1, 1, 1])
    rows.segments["in_use"][4] = False
    rows.segments["length_m"][5] = np.nan
    rows.services["node_id"][0] = 77
    rows.services["residents_known"][1] = 0
    graph = build_graph("water", 1, rows)
    assert graph.segment_id.tolist() == [1001, 1006]
    assert graph.length_m.tolist() == [10.0, 0.0]
    assert {code: count for code, count in graph.left_out.items() if count} == {
        "segment_without_nodes": 2,
        "segment_self_loop": 1,
        "segment_not_in_use": 1,
        "segment_zero_length": 1,
        "connection_without_node": 1,
        "connection_without_residents": 1,
    }


def test_network_without_connections_says_so(graph_of) -> None:
    assert graph_of(2, [(1, 2)], customers=[0, 0]).left_out["connections_unknown"] == 1
    assert graph_of(2, [(1, 2)], customers=[0, 1]).left_out["connections_unknown"] == 0


@pytest.mark.parametrize(
    ("valve", "closed", "left_out"),
    [
        ((0, 1001), [True, False, False, False], {"valve_end_assumed": 1}),  # at its start or its end?
        ((4, 1001), [True, False, False, False], {"valve_end_assumed": 1}),  # a node that is no end of it
        ((4711, 1001), [True, False, False, False], {"valve_end_assumed": 1}),
        ((1, 1001), [True, False, False, False], {}),
        ((2, 0), [False, True, False, False], {}),  # two segments meet: the later one
        ((1, 0), [True, False, False, False], {}),  # the end of a line
        ((2, 1001), [True, False, False, False], {}),  # the segment that it names
        ((3, 0), [False, False, False, False], {"valve_on_fork": 1}),
        ((6, 0), [False, False, False, False], {"valve_on_no_pipe": 1}),  # a node that nothing touches
        ((0, 0), [False, False, False, False], {"valve_on_no_pipe": 1}),
        ((0, 4711), [False, False, False, False], {"valve_on_no_pipe": 1}),
    ],
)
def test_closed_valves(graph_of, valve, closed, left_out) -> None:
    graph = graph_of(6, [(1, 2), (2, 3), (3, 4), (3, 5)], valves=[valve])
    assert graph.closed.tolist() == closed
    assert {code: n for code, n in graph.left_out.items() if n and code.startswith("valve")} == left_out


def test_networkx_view_keeps_parallel_segments_and_states(graph_of) -> None:
    view = graph_of(3, [(1, 2), (1, 2), (2, 3)], sources=[1], closed=[1003]).networkx()
    assert sorted(view.edges(keys=True)) == [(1, 2, 1001), (1, 2, 1002), (2, 3, 1003)]
    assert view.nodes[1]["source"]
    assert not view.nodes[2]["source"]
    assert view.edges[2, 3, 1003] == {"length_m": 10.0, "direction": 0, "closed": True}


def test_adjacency_of_nothing() -> None:
    first_arc, arc_node, arc_segment = adjacency(3, np.empty(0, np.int32), np.empty(0, np.int32))
    assert first_arc.tolist() == [0, 0, 0, 0]
    assert not len(arc_node)
    assert not len(arc_segment)
