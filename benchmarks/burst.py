"""A burst in a network of 1,000,000 segments: read from PostGIS, then isolation, traces and customers.

    python benchmarks/burst.py --segments 1000000

Water pipes below a grid of streets, a source for every 25,000 nodes, a valve at an end of seven of ten pipes (some
shut, some stuck), customers at six of ten nodes and a building for each of them, written into a database of the
benchmark's own. A process of its own then reads the network, as the first question does, and is measured: seconds and
memory of the graph, of the parts between valves, of bridges, and of whole questions, database and JSON-ready answer
included. Asked: the graph in 30 s and 1.5 GB, questions in 100 ms (p95), a burst whose first valve is stuck in 1 s at
the longest, parts in 3 s, bridges in 1 s.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from made_up_database import EAST, NORTH, made_up_store, publish
from private_server import server, server_cpu

from cim.analytics.network.bursts.burst import Parts, burst
from cim.analytics.network.components import bridges
from cim.analytics.network.reading import network_graph
from cim.analytics.network.traces.ground import Kept
from cim.analytics.network.traces.trace import TraceQuestion, trace
from cim.analytics.network.valve_parts import valve_parts
from cim.cluster import Cluster
from cim.settings import Settings
from cim.store import Store
from cim.viewer import LOCAL

SLUG = "bench_burst"
QUESTIONS = 200
PITCH_M = 40.0
TRACES: dict[str, dict[str, Any]] = {
    "upstream": {"kind": "upstream"},
    "downstream": {"kind": "downstream"},
    "within 1 km": {"kind": "connected", "limit_m": 1000.0},
    "to the next valves": {"kind": "valves"},
    "all connected": {"kind": "connected"},
}


def write_network(cluster: Cluster, segments: int, seed: int = 3) -> None:
    """Publish nodes, segments, valves, buildings and connections."""
    rng = np.random.default_rng(seed)
    side = round((segments / 2) ** 0.5) + 1
    count = side * side
    place = np.arange(count).reshape(side, side)
    ends = [np.stack(pair, -1).reshape(-1, 2) for pair in ((place[:, :-1], place[:, 1:]), (place[:-1], place[1:]))]
    start, end = np.concatenate(ends).T
    xyz = np.column_stack([EAST + place.ravel() % side * PITCH_M, NORTH + place.ravel() // side * PITCH_M])
    xyz = np.column_stack([xyz, np.full(count, 200.0)])
    source = np.zeros(count, np.bool_)
    source[rng.choice(count, max(count // 25_000, 2), replace=False)] = True
    nodes = {"network": "water", "is_source": source, "geom": shapely.points(xyz)}
    publish(cluster, SLUG, "pipe_node", pd.DataFrame(nodes, index=np.arange(1, count + 1)))
    first = count + 1
    pipes = {
        "network": "water",
        "start_node_id": start + 1,
        "end_node_id": end + 1,
        "length_m": rng.uniform(5, 80, len(start)),
        "diameter_mm": rng.choice([100.0, 150.0, 200.0, 300.0, 600.0], len(start)),
        "material": rng.choice(["ductile_iron", "pe", "grey_iron"], len(start)),
        "geom": shapely.linestrings(np.stack([xyz[start], xyz[end]], axis=1)),
    }
    publish(cluster, SLUG, "pipe_segment", pd.DataFrame(pipes, index=first + np.arange(len(start))))
    first += len(start)
    valved = np.flatnonzero(rng.random(len(start)) < 0.7)
    state = np.where(rng.random(len(valved)) < 0.005, "closed", "open")
    valves = {
        "network": "water",
        "kind": "valve",
        "node_id": start[valved] + 1,
        "segment_id": count + 1 + valved,
        "state": state,
        "operable": rng.random(len(valved)) > 0.02,
        "geom": shapely.points(xyz[start[valved]]),
    }
    publish(cluster, SLUG, "pipe_device", pd.DataFrame(valves, index=first + np.arange(len(valved))))
    first += len(valved)
    served = np.flatnonzero(rng.random(count) < 0.6)
    buildings = first + np.arange(len(served))
    publish(cluster, SLUG, "building", pd.DataFrame({"name": "楼", "usage": "residential"}, index=buildings))
    services = {
        "network": "water",
        "node_id": served + 1,
        "building_id": buildings,
        "customers": rng.integers(1, 60, len(served)),
        "residents": rng.integers(1, 180, len(served)).astype(float),
        "critical": rng.random(len(served)) < 0.01,
    }
    publish(cluster, SLUG, "service_connection", pd.DataFrame(services, index=buildings + len(served)))


def peak_mb() -> float:
    """Return the most memory that this process held; what `getrusage` says begins with that of its parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def told(name: str, run: Callable[[], Any]) -> Any:
    """Run, and print the seconds by the clock and of processor time, and the most memory held so far."""
    clock, processor = time.perf_counter(), time.process_time()
    found = run()
    seconds, worked = time.perf_counter() - clock, time.process_time() - processor
    print(f"{name:44} {seconds:7.2f} s  processor {worked:6.2f} s  peak {peak_mb():6,.0f} MB", flush=True)
    return found


def asked(name: str, ask: Callable[[int], Any], ids: list[int], data: Path) -> None:
    """Print percentiles, longest and processor time of questions, the first of which is not counted."""
    ask(ids[0])
    seconds, worked, served = [], time.process_time(), server_cpu(data)
    for one in ids[1:]:
        began = time.perf_counter()
        ask(one)
        seconds.append(time.perf_counter() - began)
    worked, served = time.process_time() - worked, server_cpu(data) - served
    p50, p95 = 1000 * np.percentile(seconds, [50, 95])
    each = f"{1000 * worked / len(seconds):5.1f} + server {1000 * served / len(seconds):5.1f} ms"
    most = 1000 * max(seconds)
    print(f"{name:44} p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  longest {most:6.1f} ms  processor {each}", flush=True)


def questions(store: Store, folder: Path, data: Path) -> None:
    """Read the network and ask it."""
    before = server_cpu(data)
    told("graph from PostGIS", lambda: network_graph(store, LOCAL, "water", folder))
    print(f"{'':44} and of the server {server_cpu(data) - before:6.2f} s")
    graph = told("graph from its files, as other processes do", lambda: network_graph(store, LOCAL, "water", folder))
    cut = told("parts between valves", lambda: valve_parts(graph))
    bridging = told("bridges", lambda: bridges(graph))
    print(f"{len(graph.segment_id):,} segments, {cut.count:,} parts, {int(bridging.sum()):,} bridges")
    rng = np.random.default_rng(5)
    parts, kept = Parts(), Kept()
    told("first burst", lambda: burst(store, LOCAL, int(graph.segment_id[0]), folder, parts_of=parts))
    ids = rng.choice(graph.segment_id, QUESTIONS + 1).tolist()
    asked("burst: valves, part, customers", lambda one: burst(store, LOCAL, one, folder, parts_of=parts), ids, data)
    answers = {one: burst(store, LOCAL, one, folder, parts_of=parts).valves for one in ids}
    first = {one: [v["valve_id"] for v in valves if v["role"] == "close"][:1] for one, valves in answers.items()}
    print(f"{sum(map(bool, first.values()))} of {len(first)} bursts have a valve to close")
    asked(
        "the same, its first valve stuck",
        lambda one: burst(store, LOCAL, one, folder, stuck=first[one], parts_of=parts),
        ids,
        data,
    )
    nodes = rng.choice(graph.node_id, QUESTIONS + 1).tolist()
    for name, question in TRACES.items():

        def ask(node: int, question: dict[str, Any] = question) -> object:
            return trace(store, LOCAL, TraceQuestion(start=(node,), **question), folder, parts=parts, kept=kept)

        told(f"first trace: {name}", lambda ask=ask: ask(nodes[0]))
        asked(f"trace: {name}", ask, nodes, data)
    print(f"peak of the process {peak_mb():,.0f} MB; load average {os.getloadavg()[0]:.1f}")


def main() -> None:
    """Write the network, and ask it in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=1_000_000)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        settings = Settings(data_dir=options.inside)
        with Store.open(Cluster(settings), SLUG) as store:
            questions(store, settings.data_dir / "graphs", settings.data_dir / "pg")
        return
    with server() as (cluster, settings, _):
        made_up_store(cluster, SLUG).close()
        told("network written into PostGIS", lambda: write_network(cluster, options.segments))
        subprocess.run([sys.executable, __file__, "--inside", str(settings.data_dir)], check=True)


if __name__ == "__main__":
    main()
