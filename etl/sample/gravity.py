"""Sewers that flow downhill: from every street to an outlet, with inverts that never rise on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from cim.etl.sample.course import Course
from cim.etl.sample.randomness import Floats, Ints
from cim.etl.sample.streets import Streets

DIAMETERS = {
    "storm": ((250.0, 400), (700.0, 500), (1500.0, 600), (3200.0, 800), (np.inf, 1000)),
    "sewage": ((600.0, 300), (2000.0, 400), (5000.0, 500), (12000.0, 600), (np.inf, 800)),
}
"""Up to which length of drained streets (metres) which diameter (mm) suffices."""
LEAST_FALL = {300: 0.004, 400: 0.003, 500: 0.0025, 600: 0.002, 800: 0.0015, 1000: 0.0012}
"""Least fall by diameter, metres a metre."""
WALL_SHARE = 0.1
"""Wall thickness as a share of the diameter."""

_UPHILL = 45.0


@dataclass(frozen=True)
class Run:
    """One sewer from manhole to manhole along a street, in the direction of flow."""

    edge: int
    """Street edge; -1 for the last stretch to an outlet."""
    places: Ints
    """Places along it."""
    diameter_mm: int
    """Inner diameter."""
    invert: Floats
    """Invert at each place, city height, metres."""


@dataclass
class _Flow:
    """Which way each junction drains, and what arrives there."""

    towards: Ints
    """Next junction on the way to the outlet; negative: it is one, or is not drained."""
    distance: Floats
    """Way to the outlet, uphill stretches counting more."""
    arriving: dict[int, float] = field(default_factory=dict)
    """Lowest invert that arrives at each junction."""


def drain(
    streets: Streets,
    course: Course,
    outlets: Ints,
    last: dict[int, Ints],
    crown_depth: Floats,
) -> list[Run]:
    """Lay the sewers of a network.

    Parameters
    ----------
    streets, course
        Streets, and the network's lane.
    outlets
        Junctions from which water leaves the street network.
    last
        Places of the last stretch from each outlet, without the junction itself.
    crown_depth
        Least depth of the outer crown at each place, metres.
    """
    flow = _directions(streets, course, outlets)
    tree, branches = _tree(streets, course, flow)
    length = {edge: _length(course, course.chain(streets, edge)) for edge in map(int, course.edges)}
    drained = _accumulate(streets, flow, tree, branches, length)
    runs = []
    for edge, chain in branches:
        runs.append(_lay(course, flow, edge, chain, _diameter(course.network, length[edge]), crown_depth))
    order = np.argsort(-np.where(np.isfinite(flow.distance), flow.distance, -np.inf), kind="stable")
    for node in map(int, order):
        if node in tree:
            edge, chain = tree[node]
            runs.append(_lay(course, flow, edge, chain, _diameter(course.network, drained[node]), crown_depth))
        elif node in last:
            chain = np.concatenate([[node], last[node]])
            runs.append(_lay(course, flow, -1, chain, _diameter(course.network, drained[node]), crown_depth))
    return runs


def _directions(streets: Streets, course: Course, outlets: Ints) -> _Flow:
    start, end = streets.edges.start[course.edges], streets.edges.end[course.edges]
    ground = course.xyz[:, 2]
    run = np.hypot(*(course.xyz[start, :2] - course.xyz[end, :2]).T)
    # Searched from the outlets up: an entry (below, above) costs what flowing from above to below does.
    below, above = np.concatenate([end, start]), np.concatenate([start, end])
    weight = np.concatenate([run, run]) + _UPHILL * np.maximum(ground[below] - ground[above], 0.0)
    # A boundary junction that the neighbour owns is drained by the neighbour.
    ok = streets.nodes.own[below] & streets.nodes.own[above]
    count = course.junctions
    graph = coo_matrix((weight[ok], (below[ok], above[ok])), shape=(count, count)).tocsr()
    distance, towards, _ = dijkstra(graph, indices=outlets, min_only=True, return_predecessors=True)
    return _Flow(towards.astype(np.int64), distance)


Chains = dict[int, tuple[int, Ints]]


def _tree(streets: Streets, course: Course, flow: _Flow) -> tuple[Chains, list[tuple[int, Ints]]]:
    """Return the edge by which each junction drains, and the branches that begin between junctions."""
    tree: Chains = {}
    branches: list[tuple[int, Ints]] = []
    for edge in map(int, course.edges):
        start, end = int(streets.edges.start[edge]), int(streets.edges.end[edge])
        chain = course.chain(streets, edge)
        if flow.towards[start] == end and start not in tree:
            tree[start] = (edge, chain)
        elif flow.towards[end] == start and end not in tree:
            tree[end] = (edge, chain[::-1])
        elif len(chain) > 2:
            down = _falls(course, streets, start, end)
            branch = chain[1:] if down else chain[::-1][1:]
            if np.isfinite(flow.distance[branch[-1]]):
                branches.append((edge, branch))
    return tree, branches


def _falls(course: Course, streets: Streets, start: int, end: int) -> bool:
    """Tell whether a branch flows from start to end: downhill, and never to a neighbour's junction."""
    if not streets.nodes.own[end]:
        return False
    return not streets.nodes.own[start] or bool(course.xyz[end, 2] <= course.xyz[start, 2])


def _length(course: Course, chain: Ints) -> float:
    return float(np.hypot(*np.diff(course.xyz[chain, :2], axis=0).T).sum())


def _accumulate(
    streets: Streets, flow: _Flow, tree: Chains, branches: Sequence[tuple[int, Ints]], length: dict[int, float]
) -> Floats:
    """Return the length of streets drained through each junction, metres."""
    drained = np.zeros(len(streets.nodes.u))
    for edge, chain in branches:
        drained[chain[-1]] += length[edge]
    order = np.argsort(-np.where(np.isfinite(flow.distance), flow.distance, -np.inf), kind="stable")
    for node in map(int, order):
        if node in tree:
            edge, chain = tree[node]
            drained[node] += length[edge]
            drained[chain[-1]] += drained[node]
    return drained


def _diameter(network: str, drained: float) -> int:
    return next(diameter for limit, diameter in DIAMETERS[network] if drained <= limit)


def _lay(course: Course, flow: _Flow, edge: int, chain: Ints, diameter_mm: int, crown_depth: Floats) -> Run:
    """Set inverts along a chain: deep enough everywhere, and falling from what arrives at its head."""
    bore = diameter_mm / 1000.0
    deepest = course.xyz[chain, 2] - crown_depth[chain] - (1.0 + WALL_SHARE) * bore
    step = np.hypot(*np.diff(course.xyz[chain, :2], axis=0).T)
    invert = np.empty(len(chain))
    head = flow.arriving.get(int(chain[0]), np.inf)
    invert[0] = min(head, deepest[0])
    for index, run in enumerate(step, start=1):
        invert[index] = min(invert[index - 1] - LEAST_FALL[diameter_mm] * run, deepest[index])
    foot = int(chain[-1])
    flow.arriving[foot] = min(flow.arriving.get(foot, np.inf), float(invert[-1]))
    return Run(edge, chain, diameter_mm, invert)
