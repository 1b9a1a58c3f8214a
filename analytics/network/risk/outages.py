"""Who is without service while a pipe is repaired: what its valves isolate, and what lies beyond."""

from __future__ import annotations

import numpy as np
import pandas as pd
import rustworkx as rx
from scipy import sparse
from scipy.sparse import csgraph

from cim.analytics.network.criticality import criticality
from cim.analytics.network.graph import PRESSURE, Floats, Integers, NetworkGraph
from cim.analytics.network.tree import depth_first_tree
from cim.analytics.network.valve_parts import valve_parts

COLUMNS = ("customers_cut", "residents_cut", "critical_cut")


def outages(graph: NetworkGraph) -> tuple[pd.DataFrame, dict[str, int]]:
    """Find, for every segment, who is without service while it is repaired.

    Networks under pressure: all that the nearest valves that work isolate, and all that is cut off from every source
    by that (`isolation` answers the same for one burst). Networks that drain, cables, and networks without a valve:
    what the loss of the segment alone cuts off (`criticality`).

    Parameters
    ----------
    graph
        The network.

    Returns
    -------
    frame
        Index segment_id; customers_cut, residents_cut (NaN where no number is known), critical_cut.
    left_out
        Code of `cim.analytics.reasons` and count.
    """
    if graph.network in PRESSURE and len(graph.valve_id):
        return _by_valves(graph), {}
    alone = criticality(graph)
    columns = alone.segments[list(COLUMNS)].astype(np.float64)
    if not graph.connections.any():
        columns[:] = np.nan
    without_valves = graph.network in PRESSURE
    return columns, {"risk_no_valves": len(graph.segment_id)} if without_valves else {}


def _by_valves(graph: NetworkGraph) -> pd.DataFrame:
    """Sum, for each part between valves, whom it serves and whom it dominates."""
    part_of_node, part_of_segment, count = _parts(graph)
    own = np.zeros((count, 5))
    of_node = (graph.customers, graph.critical, graph.connections, graph.residents_known, graph.residents)
    for number, column in enumerate(of_node):
        own[:, number] = np.bincount(part_of_node, column, minlength=count)
    lost = own.copy()
    place, below = _dominated(graph, part_of_node, part_of_segment, own)
    fed = place >= 0
    lost[fed] = below[place[fed]]
    rows = lost[part_of_segment]
    known = bool(graph.connections.any())
    unknown = (rows[:, 3] == 0) & ((rows[:, 2] > 0) | (not known))
    frame = pd.DataFrame(
        {
            "customers_cut": rows[:, 0].round() if known else np.nan,
            "residents_cut": np.where(unknown, np.nan, rows[:, 4]),
            "critical_cut": rows[:, 1].round() if known else np.nan,
        },
        index=pd.Index(graph.segment_id, name="segment_id"),
    )
    frame.loc[graph.closed, list(COLUMNS)] = 0.0
    return frame


def _parts(graph: NetworkGraph) -> tuple[Integers, Integers, int]:
    """Return the part of each node and segment; parts that only valves known to be stuck open part are one."""
    parts = valve_parts(graph)
    stuck = ~graph.valve_operable & ~graph.valve_closed
    ties = sparse.csr_array(
        (np.ones(int(stuck.sum()), np.int8), (parts.near[stuck], parts.far[stuck])), shape=(parts.count, parts.count)
    )
    count, label = csgraph.connected_components(ties, directed=False)
    return label[parts.of_node], label[parts.of_segment], int(count)


def _dominated(
    graph: NetworkGraph, part_of_node: Integers, part_of_segment: Integers, own: Floats
) -> tuple[Integers, Floats]:
    """Return each part's place in the dominator tree from the sources (-1: not fed), and the sums below each place."""
    count = len(own)
    open_ = ~graph.valve_closed
    near, far = part_of_node[graph.valve_node[open_]], part_of_segment[graph.valve_segment[open_]]
    apart = near != far
    pairs = np.unique(np.column_stack([near[apart], far[apart]]), axis=0)
    fed = np.unique(part_of_node[graph.source])
    view = rx.PyDiGraph()
    view.add_nodes_from(range(count + 1))
    view.extend_from_edge_list([(count, int(part)) for part in fed])
    view.extend_from_edge_list(list(map(tuple, np.concatenate([pairs, pairs[:, ::-1]]).tolist())))
    dominators = rx.immediate_dominators(view, count)
    child = np.fromiter(dominators.keys(), np.int64)
    above = np.fromiter(dominators.values(), np.int64)
    inner = child != count
    tree = depth_first_tree(count + 1, above[inner], child[inner], count)
    values = np.zeros((len(tree.parent), own.shape[1]))
    reached = np.flatnonzero(tree.place[:-1] >= 0)
    values[tree.place[reached]] = own[reached]
    return tree.place[:-1], tree.branch_sums(values)
