"""The shape of a network as an answer: its counts, and the nodes and segments that most leads through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.network.components import component_of_nodes
from cim.analytics.network.graph import NetworkGraph
from cim.analytics.network.reading import network_graph
from cim.analytics.network.topology import Topology, topology
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.store import Store
from cim.viewer import Viewer

SPLITTING, ALONE = "splitting", "one_source"
KINDS = (SPLITTING, ALONE)
"""Only what splits the network when it fails; only nodes that no second source reaches."""


@dataclass(frozen=True)
class TopologyQuestion:
    """What is asked of a network's shape."""

    network: str
    """Network type, e.g. water."""
    samples: int | None = None
    """Nodes from which paths are followed; None: as `topology` does."""
    kind: str | None = None
    """One of `KINDS`; None: all nodes and segments."""
    after: int = 0
    """Place of the last one of the page before."""
    limit: int = 100
    """Most nodes, and most segments."""


@dataclass(frozen=True)
class Shape:
    """An answer, in plain values that JSON can hold."""

    network: str
    """Network type."""
    summary: Mapping[str, Any]
    """nodes, segments, parts, independent_loops, meshedness, articulation_points, bridges, with_second_source, sampled,
    exact."""
    nodes: Sequence[Mapping[str, Any]]
    """Those that most leads through first: place, node_id, key, kind, betweenness, betweenness_error, articulation,
    source_m, second_source_m, longitude, latitude."""
    segments: Sequence[Mapping[str, Any]]
    """The same of segments: place, segment_id, betweenness, betweenness_error, bridge."""
    next: int | None
    """`after` of the next page; None on the last."""
    left_out: Mapping[str, Any]
    """What the network's data did not allow: code, count and sentences."""


class Shapes:
    """The shapes asked of last: one of a large network takes longer than a page of it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, int | None], tuple[tuple[int, ...], Topology]] = {}

    def of(self, graph: NetworkGraph, viewer: Viewer, samples: int | None) -> Topology:
        """Return the shape of a graph as a viewer sees it, measured anew when its data has changed."""
        asked = graph.network, viewer.clearance, samples
        state = graph.data_version, len(graph.node_id), len(graph.segment_id)
        kept = self._kept.get(asked)
        if kept is None or kept[0] != state:
            kept = state, topology(graph, samples)
            # One a network is kept: another sample takes its place. Replaced as a whole: other requests read it.
            others = {key: value for key, value in self._kept.items() if key[:2] != asked[:2]}
            self._kept = others | {asked: kept}
        return kept[1]


def shape(store: Store, viewer: Viewer, asked: TopologyQuestion, folder: Path, kept: Shapes | None = None) -> Shape:
    """Answer what a network's shape is.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the answer.
    asked
        Which network, and which page.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    kept
        Keeps what was measured between calls.

    Raises
    ------
    UnknownNetwork
        The city has no such network.
    """
    graph = network_graph(store, viewer, asked.network, folder)
    found = (kept or Shapes()).of(graph, viewer, asked.samples)
    nodes, segments = found.nodes, found.segments
    if asked.kind == SPLITTING:
        nodes, segments = nodes[nodes["articulation"]], segments[segments["bridge"]]
    elif asked.kind == ALONE:
        nodes, segments = nodes[nodes["second_source_m"].isna()], segments.iloc[:0]
    last = asked.after + asked.limit
    page, rows = _page(nodes, asked), _page(segments, asked)
    return Shape(
        network=asked.network,
        summary=_summary(graph, found),
        nodes=_named(store, viewer, page),
        segments=rows,
        next=last if last < max(len(nodes), len(segments)) else None,
        left_out=left_out(dict(graph.left_out) | {ALONE: int(found.nodes["second_source_m"].isna().sum())}),
    )


def independent_loops(graph: NetworkGraph) -> tuple[int, int, float]:
    """Return the connected parts, the independent loops, and the meshedness: 0 of a tree, near 1 of a full mesh.

    Notes
    -----
    Loops by Euler: segments - nodes + parts; the meshedness is their share of what a planar network of so many nodes
    can have, 2 n - 5 in each part (J. Buhl et al., Eur. Phys. J. B 49 (2006), doi:10.1140/epjb/e2006-00085-1).
    Parallel segments count as loops too.

    Examples
    --------
    A square of four nodes and four segments has one loop, of 2 · 4 - 5 = 3 that it could have: 0.33.
    """
    part = component_of_nodes(graph)
    parts, nodes = int(part.max(initial=-1)) + 1, int(np.count_nonzero(part >= 0))
    loops = int(np.count_nonzero(graph.carrying)) - nodes + parts
    return parts, loops, loops / max(2 * nodes - 5 * parts, 1)


def _summary(graph: NetworkGraph, found: Topology) -> dict[str, Any]:
    parts, loops, meshed = independent_loops(graph)
    return {
        "nodes": len(found.nodes),
        "segments": len(found.segments),
        "parts": parts,
        "independent_loops": loops,
        "meshedness": round(meshed, 4),
        "articulation_points": int(found.nodes["articulation"].sum()),
        "bridges": int(found.segments["bridge"].sum()),
        "with_second_source": int(found.nodes["second_source_m"].notna().sum()),
        "sampled": found.sampled,
        "exact": found.sampled == len(found.nodes),
    }


def _page(frame: pd.DataFrame, asked: TopologyQuestion) -> list[dict[str, Any]]:
    """Return a page as JSON holds it, what most leads through first: what is not known is null."""
    # By number first: of equals the sort by betweenness, which is stable, keeps that order.
    ordered = frame.sort_index().sort_values("betweenness", ascending=False, kind="stable").reset_index()
    page = ordered.iloc[asked.after : asked.after + asked.limit]
    known = page.astype(object).where(page.notna(), None)
    rows = [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]
    return [{"place": asked.after + place + 1} | row for place, row in enumerate(rows)]


def _named(store: Store, viewer: Viewer, page: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return nodes with what people call them and where they are."""
    told = store.rows(viewer, query("network", "node_details"), {"nodes": [row["node_id"] for row in page]})
    known = {row["node_id"]: row for row in told}
    names = ("key", "kind", "longitude", "latitude")
    return [row | {name: known.get(row["node_id"], {}).get(name) for name in names} for row in page]
