"""Connected parts of a network, and what would split them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import rustworkx as rx
from scipy import sparse
from scipy.sparse import csgraph

from cim.analytics.network.cuts import NOTHING, supply_cuts
from cim.analytics.network.graph import Flags, Integers, NetworkGraph


def component_of_nodes(graph: NetworkGraph) -> Integers:
    """Return (n,) the number of the part that each node lies in, 0 the longest; -1 where no open segment touches it.

    Closed segments do not connect. Parts of equal length are numbered by their smallest node id.
    """
    label = _labels(graph)
    count = int(label.max(initial=-1)) + 1
    open_ = graph.carrying
    of_segment = label[graph.start[open_]]
    length = np.bincount(of_segment, weights=graph.length_m[open_], minlength=count)
    touched = np.bincount(of_segment, minlength=count) > 0
    order = np.lexsort((_first_of_each(label), -length, ~touched))
    number = np.full(count, -1, dtype=np.int32)
    number[order[: np.count_nonzero(touched)]] = np.arange(np.count_nonzero(touched))
    return number[label]


def components(graph: NetworkGraph, part: Integers) -> pd.DataFrame:
    """Return a row for each connected part.

    Parameters
    ----------
    graph
        The network.
    part
        `component_of_nodes(graph)`.

    Returns
    -------
    pd.DataFrame
        Index component; columns nodes, segments, length_m (metres), sources (outfalls of gravity networks), customers.
    """
    count = int(part.max(initial=-1)) + 1
    inside = part >= 0
    open_ = graph.carrying
    of_segment = part[graph.start[open_]]
    roots = graph.sink if graph.gravity else graph.source
    return pd.DataFrame(
        {
            "nodes": np.bincount(part[inside], minlength=count),
            "segments": np.bincount(of_segment, minlength=count),
            "length_m": np.bincount(of_segment, weights=graph.length_m[open_], minlength=count),
            "sources": np.bincount(part[inside & roots], minlength=count),
            "customers": np.bincount(part[inside], graph.customers[inside], minlength=count).astype(np.int64),
        },
        index=pd.RangeIndex(count, name="component"),
    )


def bridges(graph: NetworkGraph) -> Flags:
    """Return (m,) the segments whose loss splits the network, whatever the flow; of parallel segments none does."""
    _, branch = supply_cuts(graph, _first_of_each(_labels(graph)))
    cutting: Flags = branch != NOTHING
    return cutting


def articulation_points(graph: NetworkGraph) -> Integers:
    """Return the ids of the nodes whose loss splits the network, ascending."""
    open_ = graph.carrying
    view = rx.PyGraph()
    view.add_nodes_from(range(len(graph.node_id)))
    view.extend_from_edge_list(list(zip(graph.start[open_].tolist(), graph.end[open_].tolist(), strict=True)))
    points: Integers = graph.node_id[sorted(rx.articulation_points(view))]
    return points


def _labels(graph: NetworkGraph) -> Integers:
    """Return a label for the part of each node, isolated ones too."""
    nodes, open_ = len(graph.node_id), graph.carrying
    ones = np.ones(np.count_nonzero(open_), dtype=np.int8)
    links = sparse.csr_array((ones, (graph.start[open_], graph.end[open_])), shape=(nodes, nodes))
    labels: Integers = csgraph.connected_components(links, directed=False)[1]
    return labels


def _first_of_each(label: Integers) -> Integers:
    """Return the position of the first node of each label."""
    first: Integers = np.unique(label, return_index=True)[1]
    return first
