"""Measures of shape against networkx on random networks, and by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from cim.analytics.network.topology import topology


def random_network(graph_of, seed, nodes=18, segments=30):
    """A network with parallel and closed pipes, of lengths none of which two paths share."""
    draw = np.random.default_rng(seed)
    ends = []
    while len(ends) < segments:
        one, other = draw.integers(1, nodes + 1, 2).tolist()
        if one != other:
            ends.append((one, other))
    closed = [1001 + i for i in range(segments) if draw.random() < 0.1]
    graph = graph_of(nodes, ends, sources=draw.integers(1, nodes + 1, 3).tolist(), closed=closed)
    return replace(graph, length_m=draw.uniform(1, 50, segments))


def open_view(graph):
    """The open pipes as networkx has them; of parallel ones the shorter."""
    view = nx.Graph()
    view.add_nodes_from(graph.node_id.tolist())
    for place in np.flatnonzero(graph.carrying).tolist():
        one, other = graph.node_id[[graph.start[place], graph.end[place]]].tolist()
        length = float(graph.length_m[place])
        if not view.has_edge(one, other) or view.edges[one, other]["weight"] > length:
            view.add_edge(one, other, weight=length, segment=int(graph.segment_id[place]))
    return view


@pytest.mark.parametrize("block", range(8))
def test_as_networkx_counts(graph_of, block) -> None:
    for seed in range(25 * block, 25 * block + 25):
        graph = random_network(graph_of, seed)
        view, found = open_view(graph), topology(graph)
        assert found.sampled == len(graph.node_id)
        expected = pd.Series(nx.betweenness_centrality(view, weight="weight"))
        assert found.nodes["betweenness"].to_dict() == pytest.approx(expected.to_dict(), abs=1e-12)
        edges = nx.edge_betweenness_centrality(view, weight="weight")
        used = {view.edges[pair]["segment"]: value for pair, value in edges.items()}
        shown = found.segments["betweenness"]
        assert {segment: shown[segment] for segment in used} == pytest.approx(used, abs=1e-12)
        assert (shown.drop(list(used)) == 0).all()
        assert set(found.nodes.index[found.nodes["articulation"]]) == set(nx.articulation_points(view))
        assert (found.nodes["betweenness_error"] == 0).all()
        assert_sources(graph, view, found)


def assert_sources(graph, view, found) -> None:
    away = [nx.single_source_dijkstra_path_length(view, source) for source in graph.node_id[graph.source].tolist()]
    for node in graph.node_id.tolist():
        metres = sorted(each[node] for each in away if node in each)
        told = found.nodes.loc[node, ["source_m", "second_source_m"]].tolist()
        expected = [*metres, np.nan, np.nan][:2]
        assert told == pytest.approx(expected, nan_ok=True, abs=1e-4)


def test_a_sample_s_interval_holds_the_truth(graph_of) -> None:
    """Of 300 nodes measured from 60: 95 % of the tenth that most leads through, 85 % of the upper half."""
    graph = random_network(graph_of, 5, nodes=300, segments=420)
    truth = topology(graph).nodes["betweenness"]
    held = []
    for seed in range(10):
        found = topology(graph, samples=60, seed=seed)
        assert found.sampled == 60
        held.append((found.nodes["betweenness"] - truth).abs() <= found.nodes["betweenness_error"])
    share = pd.concat(held, axis=1).mean(axis=1)
    assert share[truth >= truth.quantile(0.9)].mean() >= 0.95
    assert share[truth >= truth.quantile(0.5)].mean() >= 0.85
    assert found.nodes["betweenness_error"][truth >= truth.quantile(0.9)].max() < 0.2


def test_a_line_by_hand(graph_of) -> None:
    """Source 1 ── 2 ── 3 ── 4 source: through 2 lead 2 of 3 pairs; the middle segment joins 4 of 6."""
    found = topology(graph_of(4, [(1, 2), (2, 3), (3, 4)], sources=[1, 4]))
    assert found.nodes["betweenness"].tolist() == pytest.approx([0, 2 / 3, 2 / 3, 0])
    assert found.segments["betweenness"].tolist() == pytest.approx([1 / 2, 2 / 3, 1 / 2])
    assert found.nodes["source_m"].tolist() == [0, 10, 10, 0]
    assert found.nodes["second_source_m"].tolist() == [30, 20, 20, 30]
    assert found.nodes["articulation"].tolist() == [False, True, True, False]
    assert found.segments["bridge"].all()


def test_a_network_without_source_or_pipes(graph_of) -> None:
    found = topology(graph_of(3, [(1, 2)]))
    assert found.nodes["source_m"].isna().all()
    assert found.nodes["betweenness"].tolist() == [0, 0, 0]


def test_command_lists_and_writes(water_city, run, tmp_path) -> None:
    slug = water_city.city.slug
    shown = run("network", "topology", "--network", "water", "--city", slug)
    assert shown.exit_code == 0
    assert "5 nodes" in shown.output
    told = json.loads(run("network", "topology", "--network", "water", "--city", slug, "--json").output)
    assert [row["node_id"] for row in told["nodes"]] == [1, 2, 3, 4, 5]
    assert told["nodes"][0]["second_source_m"] is None
    assert told["left_out"]["one_source"] == {"count": 5, "en": "no second source reaches it", "zh": "没有第二源点可达"}
    path = tmp_path / "nodes.csv"
    assert run("network", "topology", "--network", "water", "--city", slug, "--out", path).exit_code == 0
    assert pd.read_csv(path, index_col="node_id").loc[2, "articulation"]
