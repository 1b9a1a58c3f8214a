"""Small networks and towns for the tests of the analyses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pytest

from cim.analytics.network.building import NODE_ROW, SEGMENT_ROW, SERVICE_ROW, VALVE_ROW, NetworkRows, build_graph
from cim.analytics.network.graph import NetworkGraph

FIRST_SEGMENT = 1001


def network_rows(
    nodes: int,
    segments: Sequence[tuple[int, int]],
    *,
    sources: Iterable[int] = (),
    sinks: Iterable[int] = (),
    customers: Sequence[int] | None = None,
    directions: Sequence[int] | None = None,
    closed: Iterable[int] = (),
    valves: Iterable[tuple[int, int]] = (),
) -> NetworkRows:
    """Rows of a network whose nodes are 1…n and whose segments are 1001…, each 10 m long.

    `customers[i]` of node i + 1 sit on one connection with two residents a customer; the last node's is critical.
    """
    node = np.zeros(nodes, NODE_ROW)
    node["node_id"] = np.arange(1, nodes + 1)
    node["source"] = np.isin(node["node_id"], list(sources))
    node["sink"] = np.isin(node["node_id"], list(sinks))
    segment = np.zeros(len(segments), SEGMENT_ROW)
    segment["segment_id"] = FIRST_SEGMENT + np.arange(len(segments))
    segment["start_id"] = [start for start, _ in segments]
    segment["end_id"] = [end for _, end in segments]
    segment["length_m"] = 10.0
    segment["in_use"] = True
    segment["direction"] = 0 if directions is None else list(directions)
    segment["closed"] = np.isin(segment["segment_id"], list(closed))
    number = [1] * nodes if customers is None else list(customers)
    service = np.zeros(nodes, SERVICE_ROW)
    service["node_id"] = node["node_id"]
    service["connections"] = service["residents_known"] = np.minimum(number, 1)
    service["customers"] = number
    service["residents"] = 2.0 * np.asarray(number)
    service["critical"][-1:] = 1
    return NetworkRows(node, segment, np.array(list(valves), VALVE_ROW), service)


@pytest.fixture(scope="session")
def rows_of() -> Callable[..., NetworkRows]:
    """`network_rows`."""
    return network_rows


@pytest.fixture(scope="session")
def graph_of() -> Callable[..., NetworkGraph]:
    """Build a graph from the arguments of `network_rows`; `network` is water unless given."""

    def graph(*args: object, network: str = "water", **options: object) -> NetworkGraph:
        return build_graph(network, 1, network_rows(*args, **options))  # type: ignore[arg-type]

    return graph
