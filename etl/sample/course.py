"""Where a network lies: its own copy of the street graph, moved into its lane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cim.etl.sample.randomness import Bools, Floats, Ints
from cim.etl.sample.relief import Relief
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.streets import Names, Streets

CARRIED = {
    "water": ("arterial", "collector", "local", "alley"),
    "sewage": ("arterial", "collector", "local", "alley", "steps"),
    "storm": ("arterial", "collector", "local", "alley", "steps"),
    "gas": ("arterial", "collector", "local"),
    "power": ("arterial", "collector", "local"),
    "telecom": ("arterial", "collector", "local"),
    "heat": ("arterial", "collector"),
}
"""Classes of street under which each network lies."""
GRAVITY = ("storm", "sewage")
"""Networks that flow by gravity: they cross no bridge."""
INNER_BASE = 2000
"""Survey numbers of points inside edges begin here; those of junctions below."""


@dataclass(frozen=True)
class Course:
    """A network's lane: places of the street graph's points, and the edges that it follows."""

    network: str
    """Network."""
    edges: Ints
    """Street edges that it follows."""
    xyz: Floats
    """(n, 3): places with ground level; street junctions first, then inner points of all edges."""
    junctions: int
    """How many of the places are street junctions."""
    number: Ints
    """Survey number of each place within its district."""
    owner: Ints
    """District that owns each place."""
    component: Ints
    """Connected part of the network at each street junction; -1: not reached."""
    shared: int
    """Survey numbers up to this are boundary junctions: both neighbours must say the same of them."""

    def chain(self, streets: Streets, edge: int) -> Ints:
        """Return the places along an edge, ends included."""
        first, last = streets.edges.first[edge], streets.edges.first[edge + 1]
        inner = np.arange(first, last) + self.junctions
        return np.concatenate([streets.edges.start[edge : edge + 1], inner, streets.edges.end[edge : edge + 1]])


def lay_course(relief: Relief, streets: Streets, network: str, allowed: Bools | None = None) -> Course:
    """Move the street graph into a network's lane and keep the parts worth building.

    Parameters
    ----------
    relief, streets
        Ground and streets.
    network
        Network.
    allowed
        Edges it may follow; all of its street classes by default.
    """
    edges = streets.edges
    follows = np.isin(edges.road_class, CARRIED[network]) & (edges.kind != "pass")
    if network in GRAVITY:
        follows &= edges.kind != "bridge"
    if allowed is not None:
        follows &= allowed
    component = _components(streets, follows, whole=network in GRAVITY)
    follows &= component[edges.start] >= 0
    xyz = np.concatenate([_junction_places(relief, streets, network), _inner_places(relief, streets, network)])
    count, inner = len(streets.nodes.u), len(streets.points.u)
    return Course(
        network=network,
        edges=np.flatnonzero(follows),
        xyz=xyz,
        junctions=count,
        number=np.concatenate([streets.nodes.number + 1, INNER_BASE + np.arange(inner)]),
        owner=np.concatenate([streets.nodes.owner, np.full(inner, streets.district.number)]),
        component=component,
        shared=2 * (len(streets.valley.north.rows_m) + len(streets.valley.south.rows_m)),
    )


def _components(streets: Streets, follows: Bools, *, whole: bool) -> Ints:
    """Return the connected part of each junction: the largest, or all but those of a few edges."""
    edges, count = streets.edges, len(streets.nodes.u)
    # Junctions of a neighbour are joined by the boundary street, which the neighbour writes.
    district = streets.district
    foreign = np.flatnonzero((streets.nodes.owner == district.number + 1) & (not district.owns_right))
    pair = (
        np.concatenate([edges.start[follows], foreign[:-1]]),
        np.concatenate([edges.end[follows], foreign[1:]]),
    )
    graph = coo_matrix((np.ones(len(pair[0])), pair), shape=(count, count))
    label = connected_components(graph, directed=False)[1].astype(np.int64)
    size = np.bincount(label[edges.start[follows]], minlength=label.max() + 1)
    least = min(12, size.max()) if whole else size.max()
    return np.where(size[label] >= least, label, -1)


def _offset(classes: Names, network: str) -> Floats:
    """Return the lane's offset for classes of street; where a class has no lane, that of local streets."""
    table = {
        name: section.offsets.get(network, SECTIONS["local"].offsets[network]) for name, section in SECTIONS.items()
    }
    return np.array([table[str(name)] for name in classes])


def _along(relief: Relief, streets: Streets, u: Floats, c: Floats) -> tuple[Floats, Floats]:
    """Return the unit vector along the contour and how many metres one planned metre is."""
    ahead = np.column_stack(relief.place(streets.valley, u + 1.0, c))
    behind = np.column_stack(relief.place(streets.valley, u - 1.0, c))
    step = (ahead - behind) / 2.0
    scale = np.linalg.norm(step, axis=1)
    return step / scale[:, None], scale


def _beside_row(relief: Relief, streets: Streets, at: tuple[Floats, Floats], along: Floats, across: Floats) -> Floats:
    """Return places moved along a contour row and to its northern side; metres."""
    u, c = at
    _, scale = _along(relief, streets, u, c)
    u = u + along / scale
    direction, _ = _along(relief, streets, u, c)
    x, y = relief.place(streets.valley, u, c)
    return np.column_stack([x - across * direction[:, 1], y + across * direction[:, 0]])


def _junction_places(relief: Relief, streets: Streets, network: str) -> Floats:
    nodes = streets.nodes
    across, along = _offset(nodes.row_class, network), _offset(nodes.climb_class, network)
    xy = _beside_row(relief, streets, (nodes.u, nodes.c), along, across)
    return np.column_stack([xy, relief.height_at(xy[:, 0], xy[:, 1])])


def _inner_places(relief: Relief, streets: Streets, network: str) -> Floats:
    nodes, edges, points = streets.nodes, streets.edges, streets.points
    start, end = edges.start[points.edge], edges.end[points.edge]
    climbs = (edges.kind[points.edge] == "climb") | (edges.side[points.edge] == 0)
    offset = _offset(edges.road_class[points.edge], network)
    slide = _offset(nodes.climb_class, network)
    along = slide[start] + points.share * (slide[end] - slide[start])
    on_row = _beside_row(relief, streets, (points.u, points.c), along, offset)
    direction = _directions(streets)
    east = points.xyz[:, :2] + offset[:, None] * np.column_stack([direction[:, 1], -direction[:, 0]])
    # Where a climbing street leaves its bench the lanes still run square to the row.
    order = np.arange(len(points.edge))
    bench = (order == edges.first[points.edge]) | (order == edges.first[points.edge + 1] - 1)
    square = _beside_row(relief, streets, (points.u, points.c), offset, np.zeros(len(offset)))
    bench &= edges.kind[points.edge] == "climb"
    xy = np.where(bench[:, None], square, np.where(climbs[:, None], east, on_row))
    bridge = edges.kind[points.edge] == "bridge"
    ground = np.where(bridge, points.xyz[:, 2], relief.height_at(xy[:, 0], xy[:, 1]))
    return np.column_stack([xy, ground])


def _directions(streets: Streets) -> Floats:
    """Return the unit vector of the street at each inner point, from start to end."""
    nodes, edges, points = streets.nodes, streets.edges, streets.points
    if not len(points.u):
        return np.empty((0, 2))
    edge = points.edge
    before = np.roll(points.xyz[:, :2], 1, axis=0)
    after = np.roll(points.xyz[:, :2], -1, axis=0)
    order = np.arange(len(edge))
    first, last = order == edges.first[edge], order == edges.first[edge + 1] - 1
    before[first] = nodes.xyz[edges.start[edge[first]], :2]
    after[last] = nodes.xyz[edges.end[edge[last]], :2]
    step = after - before
    directions: Floats = step / np.linalg.norm(step, axis=1, keepdims=True)
    return directions
