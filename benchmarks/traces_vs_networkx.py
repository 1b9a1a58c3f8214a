"""Traces of a made-up network: our arrays against networkx, on the same traces, in turns of ten, with equal answers.

    python benchmarks/traces_vs_networkx.py                    # 200,000 segments, both
    python benchmarks/traces_vs_networkx.py --segments 1000000 # both; networkx takes 4 GB
    python benchmarks/traces_vs_networkx.py --ours 1000000     # ours alone, with the memory it took

An answer is what a trace is asked for: the nodes, how far each is, and the segments between them. networkx is asked by
its ordinary calls: `single_source_dijkstra_path_length`, the edges of the `subgraph` of what that found, and
`shortest_path`, which walks from both ends. Told beside: the same with the edges picked in a loop by hand, which is
quicker than `subgraph`; without any segments; and its nodes alone, without distances (`ancestors`, `descendants`,
`node_connected_component`). Ours answers the whole question each time.

Both graphs stand in memory before the clock runs; what ours keeps between traces (flow, arcs in each way, landmarks,
compiled code) is made before it too, and told. Seconds are of processor time.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

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
from cim.analytics.network.reach import Path, Reached, reach, shortest_path
from cim.analytics.network.traces.ground import Known

WAYS = ("upstream", "downstream", "within 1 km", "connected", "path")
TURN = 10
"""Traces that one side answers before the other's turn."""
NODES_ALONE = {"upstream": nx.ancestors, "downstream": nx.descendants, "connected": nx.node_connected_component}

Answer = tuple[dict[int, float], set[int]]
"""Nodes with how far each is, and segments; of a path its nodes, with its length at the last."""


def made_up_network(segments: int, seed: int = 3) -> NetworkGraph:
    """Return water pipes below a grid of streets, of 5 to 80 m, fed from a source for every 25,000 nodes."""
    rng = np.random.default_rng(seed)
    side = round((segments / 2) ** 0.5) + 1
    place = np.arange(side * side).reshape(side, side)
    ends = [np.stack(pair, -1).reshape(-1, 2) for pair in ((place[:, :-1], place[:, 1:]), (place[:-1], place[1:]))]
    start, end = np.concatenate(ends).T
    node = np.zeros(side * side, NODE_ROW)
    node["node_id"] = np.arange(side * side) + 1
    node["north_m"], node["east_m"] = 42.5 * np.array(np.divmod(np.arange(side * side), side))
    node["source"][rng.choice(len(node), max(len(node) // 25_000, 2), replace=False)] = True
    segment = np.zeros(len(start), SEGMENT_ROW)
    segment["segment_id"] = len(node) + 1 + np.arange(len(start))
    segment["start_id"], segment["end_id"] = start + 1, end + 1
    segment["length_m"] = rng.uniform(5, 80, len(start))
    segment["in_use"] = True
    rows = NetworkRows(node, segment, np.zeros(0, VALVE_ROW), np.zeros(0, SERVICE_ROW))
    return build_graph("water", 1, rows)


def ours(known: Known, way: str, start: int, end: int) -> Reached | Path | None:
    """Return what a trace finds."""
    length = known.graph.length_m
    if way == "path":
        return shortest_path(known.arcs("connected"), start, np.array([end]), length)
    walk = "connected" if way == "within 1 km" else way
    return reach(known.arcs(walk), np.array([start]), length, 1000.0 if way == "within 1 km" else np.inf)


def theirs(views: dict[str, nx.DiGraph], way: str, start: int, end: int) -> tuple[Answer, dict[str, float]]:
    """Return the same by networkx, and the seconds that its parts took."""
    if way == "path":
        seconds, nodes = timed(lambda: nx.shortest_path(views["connected"], start, end, weight="weight"))
        return (dict.fromkeys(nodes, 0.0), set()), {"whole": seconds}
    view = views["connected" if way == "within 1 km" else way]
    limit = 1000.0 if way == "within 1 km" else None
    walk, away = timed(lambda: nx.single_source_dijkstra_path_length(view, start, cutoff=limit, weight="weight"))
    edges, segments = timed(lambda: {segment for _, _, segment in view.subgraph(away).edges(data="segment")})
    by_hand, same = timed(lambda: {segment for _, other, segment in view.edges(away, data="segment") if other in away})
    assert segments == same
    parts = {"whole": walk + edges, "edges picked by hand": walk + by_hand, "no segments": walk}
    if way in NODES_ALONE:
        asked = views["connected" if way == "connected" else "downstream"]
        parts["nodes alone"] = timed(lambda: NODES_ALONE[way](asked, start))[0]
    return (away, segments), parts


def assert_equal(found: Reached | Path | None, expected: Answer) -> None:
    """Compare both, beside the clock."""
    away, segments = expected
    if isinstance(found, Path):
        assert found.nodes.tolist() == list(away)
        return
    assert found is not None
    assert sorted(found.nodes.tolist()) == sorted(away)
    assert np.allclose(found.cost, [away[node] for node in found.nodes.tolist()], rtol=1e-9)
    assert set(found.segments.tolist()) == segments and len(found.segments) == len(segments)  # noqa: PT018


def views_of(graph: NetworkGraph, direction: Integers) -> dict[str, nx.DiGraph]:
    """Return networkx's graphs of the arcs along and against the flow, and either way."""
    columns = (graph.start.tolist(), graph.end.tolist(), graph.length_m.tolist(), direction.tolist())
    down, both = nx.DiGraph(), nx.Graph()
    for segment, (start, end, length, way) in enumerate(zip(*columns, strict=True)):
        both.add_edge(start, end, weight=length, segment=segment)
        if way in (FORWARD, BOTH):
            down.add_edge(start, end, weight=length, segment=segment)
        if way in (BACKWARD, BOTH):
            down.add_edge(end, start, weight=length, segment=segment)
    return {"downstream": down, "upstream": down.reverse(), "connected": both}


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds of processor time, and what was found; both sides work in this thread alone."""
    began = time.thread_time()
    found = run()
    return time.thread_time() - began, found


def measure(segments: int, traces: int, ways: Sequence[str], *, alone: bool) -> None:
    """Print what each kind of trace takes."""
    graph = made_up_network(segments)
    known, seconds = prepared(graph)
    print(f"{len(graph.segment_id):,} segments; flow and arcs, kept between traces: {seconds:.2f} s")
    views = {} if alone else views_of(graph, known.flow.direction)
    rng = np.random.default_rng(5)
    for way in ways:
        pairs = rng.integers(0, len(graph.node_id), (traces if way != "connected" else max(traces // 5, 3), 2)).tolist()
        mine, other, nodes = [], [], []
        for first in range(0, len(pairs), TURN):
            turn = pairs[first : first + TURN]
            found = [timed(lambda s=start, e=end, w=way: ours(known, w, s, e)) for start, end in turn]
            mine += [seconds for seconds, _ in found]
            nodes += [len(answer.nodes) for _, answer in found]
            for (start, end), (_, answer) in zip(turn if not alone else (), found, strict=not alone):
                expected, parts = theirs(views, way, start, end)
                other.append(parts)
                assert_equal(answer, expected)
        print(told(way, nodes, mine, other))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def prepared(graph: NetworkGraph) -> tuple[Known, float]:
    """Return what ours keeps between traces, and the seconds that it took."""
    began = time.perf_counter()
    known = Known(graph)
    for way in ("upstream", "downstream", "connected"):
        ours(known, way, 0, 0)
    for end in (1, 2):  # landmarks are made for the second
        ours(known, "path", 0, end)
    return known, time.perf_counter() - began


def told(way: str, nodes: list[int], mine: list[float], other: list[dict[str, float]]) -> str:
    """Return a line of figures."""
    median, most = 1000 * statistics.median(mine), 1000 * np.percentile(mine, 95)
    line = f"{way:12} {statistics.median(nodes):9,.0f} nodes  ours p50 {median:8.3f} ms  p95 {most:8.3f} ms"
    if not other:
        return line
    times = {name: sum(parts[name] for parts in other) / sum(mine) for name in other[0]}
    line += f"  networkx p50 {1000 * statistics.median(parts['whole'] for parts in other):9.2f} ms"
    line += f"  {times.pop('whole'):6.1f} times"
    return line + (f"  ({', '.join(f'{name}: {ratio:.1f}' for name, ratio in times.items())})" if times else "")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=200_000)
    parser.add_argument("--ours", type=int, help="ours alone, with so many segments")
    parser.add_argument("--traces", type=int, default=30)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    asked = parser.parse_args()
    measure(asked.ours or asked.segments, asked.traces, asked.ways, alone=asked.ours is not None)


if __name__ == "__main__":
    main()
