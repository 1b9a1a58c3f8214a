"""A network's shape as an answer: counted as networkx counts it, and paged without loss."""

from __future__ import annotations

import dataclasses

import networkx as nx
import pytest

from cim.analytics.network.reading import network_graph
from cim.analytics.network.topology_answer import Shapes, TopologyQuestion, independent_loops, shape
from cim.viewer import LOCAL

WATER = TopologyQuestion("water", limit=5000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Folder in which graphs are kept."""
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture(scope="module")
def kept() -> Shapes:
    """What was measured once for all tests."""
    return Shapes()


@pytest.fixture(scope="module")
def whole(sample_store, folder, kept):
    """The whole answer for the water network."""
    return shape(sample_store, LOCAL, WATER, folder, kept)


@pytest.fixture(scope="module")
def other(sample_store, folder) -> nx.MultiGraph:
    """The same network as networkx holds it."""
    graph = network_graph(sample_store, LOCAL, "water", folder)
    ties = zip(graph.start[graph.carrying].tolist(), graph.end[graph.carrying].tolist(), strict=True)
    return nx.MultiGraph(list(ties))


def test_the_counts_are_networkx_own(whole, other) -> None:
    simple = nx.Graph(other)
    parallels = other.number_of_edges() - simple.number_of_edges()
    told = whole.summary
    assert told["exact"] is True
    assert told["parts"] == nx.number_connected_components(other)
    assert told["independent_loops"] == len(nx.cycle_basis(simple)) + parallels > 0
    assert told["articulation_points"] == len(list(nx.articulation_points(simple))) > 0
    assert told["bridges"] == sum(other.number_of_edges(*tie) == 1 for tie in nx.bridges(simple)) > 0
    assert 0 < told["meshedness"] < 1


def test_a_tree_has_no_loop(sample_store, folder) -> None:
    graph = network_graph(sample_store, LOCAL, "sewage", folder)
    tree = nx.Graph(list(zip(graph.start.tolist(), graph.end.tolist(), strict=True)))
    assert nx.is_forest(tree)
    assert independent_loops(graph) == (nx.number_connected_components(tree), 0, 0.0)


def test_pages_hold_everything_once_and_in_order(whole, sample_store, folder, kept) -> None:
    nodes, segments, after = [], [], 0
    while after is not None:
        page = shape(sample_store, LOCAL, dataclasses.replace(WATER, limit=250, after=after), folder, kept)
        nodes += page.nodes
        segments += page.segments
        after = page.next
    assert (nodes, segments) == (whole.nodes, whole.segments)
    assert [row["place"] for row in nodes] == list(range(1, whole.summary["nodes"] + 1))
    shares = [row["betweenness"] for row in nodes]
    assert shares == sorted(shares, reverse=True)
    assert all(row["key"] and row["longitude"] for row in nodes)


def test_only_what_splits_or_has_one_source_is_told(whole, sample_store, folder, kept) -> None:
    splitting = shape(sample_store, LOCAL, dataclasses.replace(WATER, kind="splitting"), folder, kept)
    assert [row["node_id"] for row in splitting.nodes] == [row["node_id"] for row in whole.nodes if row["articulation"]]
    assert [row["segment_id"] for row in splitting.segments] == [
        row["segment_id"] for row in whole.segments if row["bridge"]
    ]
    alone = shape(sample_store, LOCAL, dataclasses.replace(WATER, kind="one_source"), folder, kept)
    assert len(alone.nodes) == whole.summary["nodes"] - whole.summary["with_second_source"]
