"""Measures of a network's shape: how much leads through each node and segment, and how far a second source is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csgraph

from cim.analytics.network.components import articulation_points, bridges
from cim.analytics.network.flow import SHORTEST_M, Arcs, arcs_of
from cim.analytics.network.graph import Floats, Integers, NetworkGraph
from cim.analytics.network.tree import Tree

EXACT_NODES = 3000
"""Networks of so many nodes are measured from every node; larger ones from a sample."""

SAMPLES = 200
"""Nodes of a sample."""

_NORMAL_95 = 1.96  # standard errors on each side of a mean that hold it in 95 of 100 samples
_RULE_OF_THREE = 3.0  # starts of a kind that a sample of k holds none of may be 3/k of all, at 95 %
_AT_ONCE = 16


@dataclass(frozen=True)
class Topology:
    """A network's shape."""

    nodes: pd.DataFrame
    """Index node_id; betweenness, betweenness_error (half of a 95 % interval, 0 where exact), articulation, source_m
    and second_source_m (metres along open pipes to the nearest source and to the nearest other one; NaN: none)."""
    segments: pd.DataFrame
    """Index segment_id; betweenness, betweenness_error, bridge. Closed segments carry nothing, and have no row."""
    sampled: int
    """Nodes from which paths were followed; all of them where the betweenness is exact."""


def topology(graph: NetworkGraph, samples: int | None = None, seed: int = 0) -> Topology:
    """Measure a network's shape, whatever its flow.

    Parameters
    ----------
    graph
        The network; closed segments carry nothing.
    samples
        Nodes from which paths are followed; None means all of a network of at most `EXACT_NODES`, else `SAMPLES`.
    seed
        Of the sample.

    Notes
    -----
    Betweenness is the share of all pairs of other nodes whose shortest path, by length, leads through a node or a
    segment (L. C. Freeman, Sociometry 40 (1977), doi:10.2307/3033543), pairs that no path joins counted too. Of equally
    short paths one counts. A sample of k of n nodes takes the paths from these alone, scaled by n / k (U. Brandes and
    C. Pich, Int. J. Bifurcation Chaos 17 (2007), doi:10.1142/S0218127407018403); its error is that of a mean drawn
    without replacement, widened for kinds of starts that it may hold none of. Of random networks, the interval held the
    truth for at least 95 % of the tenth of nodes that most leads through, and for 81 to 94 % of the upper half.

    Examples
    --------
    ``1 ── 2 ── 3 ── 4``: of the three pairs without 2 two lead through it, so its betweenness is 2/3; of all six pairs
    four use the segment 2 ── 3, so that of it is 2/3 too.
    """
    count = len(graph.node_id)
    wanted = samples or (count if count <= EXACT_NODES else SAMPLES)
    starts = np.arange(count)
    if wanted < count:
        starts = np.sort(np.random.default_rng(seed).choice(count, wanted, replace=False))
    arcs = arcs_of(graph, "connected")
    of_nodes, of_segments = _betweenness(graph, arcs, starts)
    near, second = second_source(graph, arcs)
    articulation = np.isin(graph.node_id, articulation_points(graph))
    nodes = pd.DataFrame(
        {
            "betweenness": of_nodes[0],
            "betweenness_error": of_nodes[1],
            "articulation": articulation,
            "source_m": near,
            "second_source_m": second,
        },
        index=pd.Index(graph.node_id, name="node_id"),
    )
    segments = pd.DataFrame(
        {"betweenness": of_segments[0], "betweenness_error": of_segments[1], "bridge": bridges(graph)},
        index=pd.Index(graph.segment_id, name="segment_id"),
    )
    return Topology(nodes, segments[graph.carrying], len(starts))


def second_source(graph: NetworkGraph, arcs: Arcs) -> tuple[Floats, Floats]:
    """Return (n,) metres to the nearest source, and to the nearest other one; NaN where there is none.

    A node that is a source itself has its second source somewhere else.

    Examples
    --------
    Source 1 ─10─ 2 ─10─ 3 ─10─ 4 source: node 2 is 10 m from the first, and 20 m from the second.
    """
    near = np.full(len(graph.node_id), np.inf)
    second = near.copy()
    sources = np.flatnonzero(graph.source)
    links = arcs.links(graph.length_m)
    for first in range(0, len(sources), _AT_ONCE):
        for away in csgraph.dijkstra(links, indices=sources[first : first + _AT_ONCE]):
            second = np.minimum(second, np.maximum(near, away))
            near = np.minimum(near, away)
    return _known(near), _known(second)


def _known(metres: Floats) -> Floats:
    """Return NaN for what is not reached."""
    return np.where(np.isfinite(metres), metres, np.nan)


def _betweenness(
    graph: NetworkGraph, arcs: Arcs, starts: Integers
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return betweenness and its error, of nodes and of segments."""
    nodes, segments = _Mean(len(graph.node_id)), _Mean(len(graph.start))
    for through_node, through_segment in _paths(graph, arcs, starts):
        nodes.add(through_node)
        segments.add(through_segment)
    count = len(graph.node_id)
    pairs = max((count - 1) * (count - 2) / 2, 1), max(count * (count - 1) / 2, 1)
    return nodes.result(count, count / pairs[0]), segments.result(count, count / pairs[1])


def _paths(graph: NetworkGraph, arcs: Arcs, starts: Integers) -> Iterator[tuple[Floats, Floats]]:
    """Yield for each start what shortest paths from it lead through each node, and through the middle of each segment.

    A path counts by how far along it a node lies: that of a pair is met from either end, and so counts once in all. The
    shares of one start then vary less than plain counts do, which are nearly all or nothing (R. Geisberger, P. Sanders
    and D. Schultes, ALENEX 2008, doi:10.1137/1.9781611972887.9: linear scaling).
    """
    links = arcs.links(graph.length_m)
    lightest = _Lightest(graph, arcs)
    for start in starts.tolist():
        away, before = csgraph.dijkstra(links, indices=start, return_predecessors=True)
        order = np.argsort(away, kind="stable")[: np.count_nonzero(np.isfinite(away))]
        place = np.full(len(away), -1, np.int64)
        place[order] = np.arange(len(order))
        parent = np.zeros(len(order), np.int64)
        parent[1:] = place[before[order[1:]]]
        share = np.zeros((len(order), 1))
        share[1:, 0] = 1 / away[order[1:]]
        below = Tree(place, parent).branch_sums(share)[1:, 0]
        heads, tails = order[1:], before[order[1:]]
        through_node, through_segment = np.zeros(len(away)), np.zeros(len(graph.start))
        through_node[heads] = away[heads] * (below - share[1:, 0])
        through_segment[lightest.between(tails, heads)] = (away[heads] + away[tails]) / 2 * below
        yield through_node, through_segment


class _Lightest:
    """The shortest segment between two nodes."""

    def __init__(self, graph: NetworkGraph, arcs: Arcs) -> None:
        self._count = len(graph.node_id)
        key = arcs.tails().astype(np.int64) * self._count + arcs.node
        order = np.lexsort((np.maximum(graph.length_m, SHORTEST_M)[arcs.segment], key))
        self._key, first = np.unique(key[order], return_index=True)
        self._segment = arcs.segment[order][first]

    def between(self, tails: Integers, heads: Integers) -> Integers:
        """Return the segment between each pair of neighbours."""
        place = np.searchsorted(self._key, tails.astype(np.int64) * self._count + heads)
        found: Integers = self._segment[place]
        return found


class _Mean:
    """Mean and spread of vectors, one at a time (B. P. Welford, Technometrics 4 (1962))."""

    def __init__(self, size: int) -> None:
        self._count = 0
        self._mean, self._squares, self._most = np.zeros(size), np.zeros(size), np.zeros(size)

    def add(self, values: Floats) -> None:
        """Take one more vector."""
        self._count += 1
        step = values - self._mean
        self._mean += step / self._count
        self._squares += step * (values - self._mean)
        np.maximum(self._most, values, out=self._most)

    def result(self, population: int, factor: float) -> tuple[Floats, Floats]:
        """Return the mean times a factor, and half of its 95 % interval, drawn without replacement of a population."""
        if self._count < 2:
            return self._mean * factor, np.zeros(len(self._mean))
        left = max(1 - self._count / population, 0.0)
        error = _NORMAL_95 * np.sqrt(self._squares / (self._count - 1) / self._count * left)
        unseen = _RULE_OF_THREE / self._count * (self._most - self._mean) * np.sqrt(left)
        return self._mean * factor, (error + unseen) * factor
