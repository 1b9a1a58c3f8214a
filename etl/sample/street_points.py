"""Where junctions and the points along streets lie: in planned coordinates, in the city, and in height."""

from __future__ import annotations

import numpy as np

from cim.etl.sample.randomness import Floats, Ints
from cim.etl.sample.relief import Relief
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.street_draft import Draft
from cim.etl.sample.streets import Edges, Names, Nodes, Points, climb_course, node_key
from cim.etl.sample.valley import Valley


def place_nodes(relief: Relief, draft: Draft) -> Nodes:
    """Return the junctions of a draft with their places and heights."""
    u, c = np.array(draft.u), np.array(draft.c)
    xyz = np.empty((len(u), 3))
    here = np.isfinite(c)
    xyz[here, 0], xyz[here, 1] = relief.place(draft.valley, u[here], c[here])
    xyz[here, 2] = relief.height(draft.valley, u[here], c[here])
    if not here.all():
        beyond = relief.valley(draft.valley.number + 1)
        there = np.full(1, beyond.south.across[-1])
        xyz[~here, 0], xyz[~here, 1] = relief.place(beyond, u[~here], there)
        xyz[~here, 2] = relief.height(beyond, u[~here], there)
        c[~here] = beyond.middle_v + there - draft.valley.middle_v
    owner, number = np.array(draft.owner), np.array(draft.number)
    key = np.array([node_key(*pair) for pair in zip(draft.owner, draft.number, strict=True)])
    own = owner == draft.district.number
    return Nodes(key, number, own, owner, u, c, xyz, np.array(draft.row_class), np.array(draft.climb_class))


def flatten_classes(nodes: Nodes, shared: int, start: Ints, end: Ints, kind: Names, road_class: Names) -> Names:
    """Turn contour streets that the stream's valley makes too steep into steps.

    Those that end on a boundary street stay: the neighbour counts on them. Numbers below `shared` are there.
    """
    run = np.hypot(*(nodes.xyz[end, :2] - nodes.xyz[start, :2]).T)
    grade = np.abs(nodes.xyz[end, 2] - nodes.xyz[start, 2]) / run
    boundary = (nodes.number[start] < shared) | (nodes.number[end] < shared)
    steep = (kind == "row") & (road_class == "local") & (grade > 0.19) & ~boundary
    return np.where(steep, "steps", road_class)


def inner_counts(nodes: Nodes, start: Ints, end: Ints, kind: Names) -> Ints:
    """Return how many points lie inside each edge: close enough to follow the ground."""
    run = np.hypot(*(nodes.xyz[end, :2] - nodes.xyz[start, :2]).T)
    row = np.select([run < 26, run < 46, run < 78], [0, 1, 2], 2 + np.ceil((run - 78) / 36))
    far = np.ceil(run / 26) - 1
    counts: Ints = np.select(
        [kind == "row", kind == "climb"], [row, 3 + np.ceil(np.maximum(run - 60, 20) / 34)], far
    ).astype(np.int64)
    return counts


def place_points(relief: Relief, valley: Valley, nodes: Nodes, edges: Edges, inner: Ints) -> Points:
    """Return the points inside edges: on the ground, or on the deck of a bridge."""
    edge = np.repeat(np.arange(len(inner)), inner)
    a, b = edges.start[edge], edges.end[edge]
    share, along = _shares(nodes, edges, inner, edge)
    c = nodes.c[a] + share * (nodes.c[b] - nodes.c[a])
    u = nodes.u[a] + along * (nodes.u[b] - nodes.u[a])
    x, y = relief.place(valley, u, c)
    through = edges.kind[edge] == "pass"
    if through.any():
        # The pass leads into the next valley, whose coordinates bend otherwise.
        ends = nodes.xyz[a[through], :2], nodes.xyz[b[through], :2]
        x[through], y[through] = (ends[0] + share[through, None] * (ends[1] - ends[0])).T
    z = relief.height_at(x, y) if through.any() else relief.height(valley, u, c)
    # The great bridge rises a little to its middle.
    camber = np.where(edges.side[edge] == 0, 10.0, 1.0)
    deck = nodes.xyz[a, 2] + share * (nodes.xyz[b, 2] - nodes.xyz[a, 2]) + camber * share * (1 - share)
    z = np.where(edges.kind[edge] == "bridge", deck, z)
    return Points(edge, share, u, c, np.column_stack([x, y, z]))


def _shares(nodes: Nodes, edges: Edges, inner: Ints, edge: Ints) -> tuple[Floats, Floats]:
    """Return how far along its edge each point lies, and how far it has moved sideways, both 0..1.

    Points of climbing streets begin and end at the edges of the benches, those of rows clear of the corners:
    near junctions, where pipes cross, both ends of a pipe then lie on level ground.
    """
    order = np.arange(len(edge)) - edges.first[edge]
    a, b = edges.start[edge], edges.end[edge]
    climb, row = edges.kind[edge] == "climb", edges.kind[edge] == "row"
    even = order / np.maximum(inner[edge] - 1.0, 1.0)
    share = (order + 1.0) / (inner[edge] + 1.0)
    margin = 13.0 / np.maximum(np.abs(nodes.u[b] - nodes.u[a]), 1.0)
    share = np.where(row & (inner[edge] > 1), margin + even * (1.0 - 2 * margin), share)
    span = np.where(climb, np.abs(nodes.c[b] - nodes.c[a]), 1.0)
    near = np.where(climb, _bench(nodes.row_class[a]) / span, 0.0)
    far = np.where(climb, 1.0 - _bench(nodes.row_class[b]) / span, 1.0)
    share = np.where(climb, near + even * (far - near), share)
    # A climbing street leaves and meets its rows at a right angle.
    return share, np.where(climb, climb_course(share, near, far), share)


def _bench(road_class: Names) -> Floats:
    width = {name: section.bench_m for name, section in SECTIONS.items()}
    return np.array([width[str(name)] for name in road_class])
