"""What is lost if a segment fails: for every segment of a network, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cim.analytics.network.components import bridges, component_of_nodes, components
from cim.analytics.network.cuts import NOTHING, drainage_cuts, supply_cuts
from cim.analytics.network.graph import BACKWARD, BOTH, Flags, Floats, Integers, NetworkGraph
from cim.analytics.network.tree import Tree

BREAKS = (0.005, 0.02, 0.10)
"""Shares of a network's served customers at which grades 2, 3 and 4 begin; grade 1 is any fewer, 0 none."""

METHOD = "cut-branches-1"
"""Version of the method: raise it when the numbers change for the same data."""


@dataclass(frozen=True)
class Criticality:
    """What each segment of a network means to those it serves."""

    components: pd.DataFrame
    """Connected parts: index component; nodes, segments, length_m, sources, customers."""
    segments: pd.DataFrame
    """Index segment_id; component, bridge, nodes_cut, customers_cut, residents_cut, critical_cut, grade."""
    served_customers: int
    """Customers that are served while every segment works."""
    left_out: Mapping[str, int]
    """What could not be used, or could not be answered: code of `cim.analytics.reasons` and count."""


def criticality(graph: NetworkGraph, breaks: tuple[float, float, float] = BREAKS) -> Criticality:
    """Find, for every segment, who is cut off if it fails alone.

    Networks fed from sources (water, gas, heat, power, telecom): cut off from every source, flow taking either
    direction. Gravity networks: cut off from every outfall, flow taking the segments' direction. Valves are not
    considered: this is the loss until the segment works again, and isolating it may cost more.

    Parameters
    ----------
    graph
        The network.
    breaks
        Shares of served customers at which grades 2, 3 and 4 begin, ascending.
    """
    roots = np.flatnonzero(graph.sink if graph.gravity else graph.source)
    cuts = drainage_cuts if graph.gravity else supply_cuts
    tree, branch = cuts(graph, roots)
    served = tree.place[:-1] >= 0
    answered = graph.carrying & _answered(graph, served)
    part = component_of_nodes(graph)
    losses = _losses(graph, tree, branch)
    total = int(graph.customers[served].sum())
    weight, whole = (losses["customers_cut"], total) if total else (losses["nodes_cut"], np.count_nonzero(served))
    frame = pd.DataFrame(
        {"component": part[graph.start], "bridge": bridges(graph), **losses, "grade": _grades(weight, whole, breaks)},
        index=pd.Index(graph.segment_id, name="segment_id"),
    )[answered]
    return Criticality(components(graph, part), frame, total, _left_out(graph, served, answered))


def _answered(graph: NetworkGraph, served: Flags) -> Flags:
    """Return (m,) segments that touch what is served; of the others nobody can say what their failure would cost."""
    if not graph.gravity:
        return served[graph.start]
    upstream = np.where(graph.direction == BACKWARD, graph.end, graph.start)
    either_way: Flags = (graph.direction == BOTH) & (served[graph.start] | served[graph.end])
    return either_way | served[upstream]


def _losses(graph: NetworkGraph, tree: Tree, branch: Integers) -> dict[str, Floats | Integers]:
    """Sum what the nodes of each cut branch serve."""
    served = np.flatnonzero(tree.place[:-1] >= 0)
    nodes = np.zeros((len(tree.parent), 6))
    of_node = (graph.customers, graph.critical, graph.connections, graph.residents_known, graph.residents)
    nodes[tree.place[served]] = np.column_stack([np.ones(len(served)), *(column[served] for column in of_node)])
    below = tree.branch_sums(nodes)
    below[0] = 0.0
    lost = below[np.where(branch == NOTHING, 0, branch)]
    whole = lost[:, :5].round().astype(np.int64)
    # Connections whose number of people nobody knows, or a network whose connections nobody knows: not zero people.
    unknown = (whole[:, 4] == 0) & ((whole[:, 3] > 0) | (not graph.connections.any()))
    return {
        "nodes_cut": whole[:, 0],
        "customers_cut": whole[:, 1],
        "residents_cut": np.where(unknown, np.nan, lost[:, 5]),
        "critical_cut": whole[:, 2],
    }


def _grades(lost: Floats | Integers, whole: int | np.integer, breaks: tuple[float, float, float]) -> Integers:
    """Return 0 where nothing is lost, else 1 to 4 by the share lost of the whole."""
    share = lost / max(int(whole), 1)
    grades: Integers = np.where(lost > 0, 1 + np.searchsorted(breaks, share, side="right"), 0)
    return grades


def _left_out(graph: NetworkGraph, served: Flags, answered: Flags) -> dict[str, int]:
    """Count what the answer does not cover, after what the graph could not use."""
    unanswered = "segment_without_outfall" if graph.gravity else "segment_without_source"
    touched = np.diff(graph.first_arc) > 0
    return dict(graph.left_out) | {
        "segment_closed": int(np.count_nonzero(graph.closed)),
        unanswered: int(np.count_nonzero(graph.carrying & ~answered)),
        "node_without_supply": int(np.count_nonzero(touched & ~served)),
        "customer_without_supply": int(graph.customers[~served].sum()),
    }
