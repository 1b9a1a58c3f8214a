"""Traces of a made-up network: our arrays against networkx, on the same traces, in turns, with equal answers.

    python benchmarks/traces_vs_networkx.py                  # 200,000 segments, both
    python benchmarks/traces_vs_networkx.py --ours 1000000   # ours alone, with the memory it took

Both graphs stand in memory before the clock runs; what ours keeps between traces (flow and arcs in each way) is made
before it too, and told. Distances are asked of both: networkx walks by Dijkstra's algorithm, as ours does.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable

import networkx as nx
import numpy as np

from cim.analytics.network.building import (
    NODE_ROW,
    SEGMENT_ROW,
    SERVICE_ROW,
    VALVE_ROW,
    NetworkRows,
    build_graph,
)  # fmt: skip
from cim.analytics.network.graph import BACKWARD, BOTH, FORWARD, Integers, NetworkGraph
from cim.analytics.network.reach import reach, shortest_path
from cim.analytics.network.traces.ground import Known

WAYS = ("upstream", "downstream", "within 1 km", "connected", "path")


def made_up_network(segments: int, seed: int = 3) -> NetworkGraph:
    """Return water pipes below a grid of streets, of 5 to 80 m, fed from a source for every 25,000 nodes."""
    rng = np.random.default_rng(seed)
    side = round((segments / 2) ** 0.5) + 1
    place = np.arange(side * side).reshape(side, side)
    ends = [np.stack(pair, -1).reshape(-1, 2) for pair in ((place[:, :-1], place[:, 1:]), (place[:-1], place[1:]))]
    start, end = np.concatenate(ends).T
    node = np.zeros(side * side, NODE_ROW)
    node["node_id"] = np.arange(side * side) + 1
    node["source"][rng.choice(len(node), max(len(node) // 25_000, 2), replace=False)] = True
    segment = np.zeros(len(start), SEGMENT_ROW)
    segment["segment_id"] = len(node) + 1 + np.arange(len(start))
    segment["start_id"], segment["end_id"] = start + 1, end + 1
    segment["length_m"] = rng.uniform(5, 80, len(start))
    segment["in_use"] = True
    rows = NetworkRows(node, segment, np.zeros(0, VALVE_ROW), np.zeros(0, SERVICE_ROW))
    return build_graph("water", 1, rows)


def ours(known: Known, way: str, start: int, end: int) -> float:
    """Return a figure that tells whether two answers are equal: the sum of distances, or the length of the path."""
    if way == "path":
        found = shortest_path(known.arcs("connected"), start, np.array([end]), known.graph.length_m)
        return found.cost if found else -1.0
    walk = "connected" if way == "within 1 km" else way
    limit = 1000.0 if way == "within 1 km" else np.inf
    reached = reach(known.arcs(walk), np.array([start]), known.graph.length_m, limit)
    return float(reached.cost.sum())


def theirs(views: dict[str, nx.DiGraph], way: str, start: int, end: int) -> float:
    """Return the same by networkx."""
    if way == "path":
        return float(nx.dijkstra_path_length(views["connected"], start, end, weight="weight"))
    walk = "connected" if way == "within 1 km" else way
    limit = 1000.0 if way == "within 1 km" else None
    return sum(nx.single_source_dijkstra_path_length(views[walk], start, cutoff=limit, weight="weight").values())


def views_of(graph: NetworkGraph, direction: Integers) -> dict[str, nx.DiGraph]:
    """Return networkx's graphs of the arcs along and against the flow, and either way."""
    columns = (graph.start.tolist(), graph.end.tolist(), graph.length_m.tolist(), direction.tolist())
    down, both = nx.DiGraph(), nx.Graph()
    for start, end, length, way in zip(*columns, strict=True):
        both.add_edge(start, end, weight=length)
        if way in (FORWARD, BOTH):
            down.add_edge(start, end, weight=length)
        if way in (BACKWARD, BOTH):
            down.add_edge(end, start, weight=length)
    return {"downstream": down, "upstream": down.reverse(), "connected": both}


def timed(run: Callable[[], float]) -> tuple[float, float]:
    """Return seconds, and what was found."""
    began = time.perf_counter()
    found = run()
    return time.perf_counter() - began, found


def measure(segments: int, traces: int, *, alone: bool) -> None:
    """Print what each kind of trace takes."""
    graph = made_up_network(segments)
    began = time.perf_counter()
    known = Known(graph)
    for way in ("upstream", "downstream", "connected"):
        known.arcs(way).links(graph.length_m)
    print(
        f"{len(graph.segment_id):,} segments; flow and arcs, kept between traces: {time.perf_counter() - began:.2f} s"
    )
    views = {} if alone else views_of(graph, known.flow.direction)
    rng = np.random.default_rng(5)
    for way in WAYS:
        pairs = rng.integers(0, len(graph.node_id), (traces if way != "connected" else max(traces // 5, 3), 2)).tolist()
        mine, other = [], []
        for start, end in pairs:
            seconds, found = timed(lambda s=start, e=end, w=way: ours(known, w, s, e))
            mine.append(seconds)
            if not alone:
                seconds, expected = timed(lambda s=start, e=end, w=way: theirs(views, w, s, e))
                other.append(seconds)
                assert abs(found - expected) <= 1e-6 * max(abs(expected), 1), (way, start, end)
        line = (
            f"{way:12}  ours p50 {1000 * statistics.median(mine):8.1f} ms  p95 {1000 * np.percentile(mine, 95):8.1f} ms"
        )
        if other:
            line += f"  networkx p50 {1000 * statistics.median(other):9.1f} ms  {sum(other) / sum(mine):6.1f} times"
        print(line)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=200_000)
    parser.add_argument("--ours", type=int, help="ours alone, with so many segments")
    parser.add_argument("--traces", type=int, default=30)
    asked = parser.parse_args()
    measure(asked.ours or asked.segments, asked.traces, alone=asked.ours is not None)


if __name__ == "__main__":
    main()
