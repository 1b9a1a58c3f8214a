"""From rows of nodes, segments, closed valves and service connections to the arrays of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim.analytics.network.by_place import ordered_by_place
from cim.analytics.network.graph import Integers, NetworkGraph, adjacency, positions
from cim.analytics.network.valves import Placing, placed_valves

Rows = npt.NDArray[np.void]

NODE_ROW = np.dtype([("node_id", "i8"), ("east_m", "f8"), ("north_m", "f8"), ("source", "?"), ("sink", "?")])
SEGMENT_ROW = np.dtype(
    [
        ("segment_id", "i8"),
        ("start_id", "i8"),  # 0: unknown
        ("end_id", "i8"),
        ("length_m", "f8"),  # NaN: unknown
        ("direction", "i4"),
        ("by_level", "?"),  # direction inferred, not recorded
        ("in_use", "?"),
        ("closed", "?"),
    ]
)
VALVE_ROW = np.dtype([("valve_id", "i8"), ("node_id", "i8"), ("segment_id", "i8"), ("closed", "?"), ("operable", "?")])
SERVICE_ROW = np.dtype(
    [
        ("node_id", "i8"),  # 0: unknown
        ("connections", "i8"),
        ("customers", "i8"),
        ("residents", "f8"),
        ("residents_known", "i8"),
        ("critical", "i8"),
    ]
)


@dataclass(frozen=True)
class NetworkRows:
    """What is read of one network; every id above 0."""

    nodes: Rows
    """NODE_ROW."""
    segments: Rows
    """SEGMENT_ROW."""
    valves: Rows
    """VALVE_ROW: in-line valves, 0 where they name no node or no segment."""
    services: Rows
    """SERVICE_ROW, one a node."""


def build_graph(network: str, data_version: int, rows: NetworkRows) -> NetworkGraph:
    """Connect the rows of one network.

    Parameters
    ----------
    network
        Network type.
    data_version
        Data version that the rows were read at.
    rows
        In any order, ids unique.

    Returns
    -------
    NetworkGraph
        With what could not be used counted in `left_out`.
    """
    nodes = np.sort(rows.nodes, order="node_id")
    node_id = nodes["node_id"].astype(np.int64)
    segments, start, end, left_out = _connected(np.sort(rows.segments, order="segment_id"), node_id)
    first_arc, arc_node, arc_segment = adjacency(len(node_id), start, end)
    placing = Placing(node_id, segments["segment_id"].astype(np.int64), start, end, first_arc, arc_segment)
    valves, valves_left_out = placed_valves(np.sort(rows.valves, order="valve_id"), placing)
    by_valve = np.zeros(len(segments), dtype=np.bool_)
    by_valve[valves["valve_segment"][valves["valve_closed"]]] = True
    services, services_left_out = _services(rows.services, node_id)
    length = np.nan_to_num(segments["length_m"], nan=0.0)
    left_out |= valves_left_out | services_left_out
    left_out["segment_zero_length"] = int(np.count_nonzero(length <= 0))
    left_out["node_without_segment"] = int(np.count_nonzero(np.diff(first_arc) == 0))
    graph = NetworkGraph(
        network=network,
        data_version=data_version,
        node_id=node_id,
        by_place=ordered_by_place(nodes["east_m"], nodes["north_m"]),
        source=nodes["source"],
        sink=nodes["sink"],
        **services,
        segment_id=segments["segment_id"].astype(np.int64),
        start=start,
        end=end,
        length_m=np.maximum(length, 0.0),
        direction=segments["direction"].astype(np.int8),
        closed=segments["closed"] | by_valve,
        shut=segments["closed"],
        first_arc=first_arc,
        arc_node=arc_node,
        arc_segment=arc_segment,
        **valves,
        left_out=left_out,
    )
    if graph.gravity:
        left_out["segment_direction_by_level"] = int(np.count_nonzero(segments["by_level"]))
    return graph


def _connected(segments: Rows, node_id: Integers) -> tuple[Rows, Integers, Integers, dict[str, int]]:
    """Keep the segments in use that have two different ends."""
    in_use = segments["in_use"]
    start, end = positions(node_id, segments["start_id"]), positions(node_id, segments["end_id"])
    complete = (start >= 0) & (end >= 0)
    loop = complete & (start == end)
    kept = in_use & complete & ~loop
    left_out = {
        "segment_not_in_use": int(np.count_nonzero(~in_use)),
        "segment_without_nodes": int(np.count_nonzero(in_use & ~complete)),
        "segment_self_loop": int(np.count_nonzero(in_use & loop)),
    }
    return segments[kept], start[kept], end[kept], left_out


def _services(services: Rows, node_id: Integers) -> tuple[dict[str, npt.NDArray[Any]], dict[str, int]]:
    """Lay the service connections out by node."""
    node = positions(node_id, services["node_id"])
    known = services[node >= 0]
    node = node[node >= 0]
    columns: dict[str, npt.NDArray[Any]] = {}
    for name in ("connections", "customers", "residents", "residents_known", "critical"):
        kind = np.float64 if name == "residents" else np.int64
        columns[name] = np.zeros(len(node_id), dtype=kind)
        np.add.at(columns[name], node, known[name])
    total, placed = int(services["connections"].sum()), int(known["connections"].sum())
    return columns, {
        "connection_without_node": total - placed,
        "connection_without_residents": placed - int(known["residents_known"].sum()),
        "connections_unknown": int(placed == 0),
    }
