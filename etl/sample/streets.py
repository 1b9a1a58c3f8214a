"""Streets of one district: junctions, edges and the points along them, in planned and city coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cim.etl.sample.layout import SNAP_M, Band, edge_u, hub_u, lay_band
from cim.etl.sample.plan import District
from cim.etl.sample.randomness import Bools, Floats, Ints, smoothstep
from cim.etl.sample.relief import Relief
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.valley import Bank, Valley

Names = npt.NDArray[np.str_]

BRIDGE_ROWS = (0, 3, 7)
"""Rows that cross the second river on a bridge; the others end at its bank."""
GREAT_BRIDGE_ROW = 1
"""Row on both banks where the great bridge lands, one terrace above the riverside streets that it flies over."""


@dataclass(frozen=True)
class Nodes:
    """Junctions and street ends."""

    key: Names
    """Key in the register; the same from both districts that share a junction."""
    number: Ints
    """Number in the district that owns it."""
    own: Bools
    """Whether this district writes it."""
    owner: Ints
    """Number of the district that owns it."""
    u: Floats
    """Planned coordinate along the river."""
    c: Floats
    """Planned coordinate across the river."""
    xyz: Floats
    """(n, 3): easting, northing, height."""
    row_class: Names
    """Class of the row that it lies on."""
    climb_class: Names
    """Widest climbing street that meets it."""


@dataclass(frozen=True)
class Edges:
    """Street edges between two junctions."""

    start: Ints
    """Node at the start."""
    end: Ints
    """Node at the end; rows run downstream, climbing streets northwards."""
    kind: Names
    """row, climb, bridge or pass."""
    road_class: Names
    """Class of street."""
    row: Ints
    """Row that it follows, or row at its foot."""
    side: Ints
    """Bank: 1 north, -1 south, 0 the great bridge."""
    first: Ints
    """(n + 1): where each edge's inner points begin in `Points`."""


@dataclass(frozen=True)
class Points:
    """Points along edges, ends left out."""

    edge: Ints
    """Edge that it lies on."""
    share: Floats
    """Place along the edge, 0..1."""
    u: Floats
    """Planned coordinate along the river."""
    c: Floats
    """Planned coordinate across the river."""
    xyz: Floats
    """(n, 3): easting, northing, height of the street there."""


@dataclass(frozen=True)
class Streets:
    """The street network of one district."""

    district: District
    """District it belongs to."""
    valley: Valley
    """Valley it lies in."""
    bands: tuple[Band, ...]
    """Climbing streets by band, northern bank first."""
    nodes: Nodes
    """Junctions."""
    edges: Edges
    """Edges."""
    points: Points
    """Points along the edges."""
    climb_nodes: dict[tuple[int, int], Ints]
    """(n, 2): lower and upper junction of the climbing streets of each band (side, row), in its order."""

    @cached_property
    def length_3d(self) -> Floats:
        """Length of each edge along the slope, metres."""
        xyz, index = chain(self.nodes.xyz, self.points.xyz, self.edges)
        step = np.linalg.norm(np.diff(xyz, axis=0), axis=1)
        step[index[1:-1] - 1] = 0.0
        total = np.concatenate([[0.0], np.cumsum(step)])
        return total[index[1:] - 1] - total[index[:-1]]


def chain(node_values: Floats, point_values: Floats, edges: Edges) -> tuple[Floats, Ints]:
    """Return the values along every edge, ends included, and where each edge begins (n + 1)."""
    inner = np.diff(edges.first)
    begins = np.concatenate([[0], np.cumsum(inner + 2)])
    out = np.empty((begins[-1], *node_values.shape[1:]))
    out[begins[:-1]] = node_values[edges.start]
    out[begins[1:] - 1] = node_values[edges.end]
    mask = np.ones(len(out), dtype=bool)
    mask[begins[:-1]] = mask[begins[1:] - 1] = False
    out[mask] = point_values
    return out, begins


def node_key(district: int, number: int) -> str:
    """Return the key of a junction: known to a neighbour without drawing the district."""
    return f"N{district:03d}{number:04d}"


class _Draft:
    """Nodes and edges while they are gathered."""

    def __init__(self, valley: Valley, district: District) -> None:
        self.valley, self.district = valley, district
        self.u: list[float] = []
        self.c: list[float] = []
        self.owner: list[int] = []
        self.number: list[int] = []
        self.row_class: list[str] = []
        self.climb_class: list[str] = []
        self.edges: list[tuple[int, int, str, str, int, int]] = []
        self.free = 2 * (len(valley.north.rows_m) + len(valley.south.rows_m))

    def node(self, bank: Bank, row: int, u: float, owner: int, number: int | None) -> int:
        """Add a junction on a row; without a number it takes the next free one."""
        if number is None:
            number, self.free = self.free, self.free + 1
        self.u.append(u)
        self.c.append(float(bank.across[row]))
        self.owner.append(owner)
        self.number.append(number)
        self.row_class.append(bank.classes[row])
        self.climb_class.append("steps")
        return len(self.u) - 1

    def edge(self, start: int, end: int, kind: str, road_class: str, row: int, side: int) -> None:
        """Add an edge; a climbing street widens the corners it meets."""
        if kind != "row" and road_class != "steps":
            for node in (start, end):
                if SECTIONS[road_class].rank > SECTIONS[self.climb_class[node]].rank:
                    self.climb_class[node] = road_class
        self.edges.append((start, end, kind, road_class, row, side))


def lay_streets(relief: Relief, district: District) -> Streets:
    """Draw the streets of a district."""
    valley = relief.valley(district.valley)
    bands = tuple(
        lay_band(relief, valley, district, bank, row)
        for bank in valley.banks
        for row in range(len(bank.rows_m) - 1)
    )
    draft = _Draft(valley, district)
    climb_nodes: dict[tuple[int, int], Ints] = {}
    row_nodes: dict[tuple[int, int], list[int]] = {}
    for bank in valley.banks:
        mine = [band for band in bands if band.bank.side == bank.side]
        _add_bank(draft, bank, mine, row_nodes, climb_nodes)
    _add_crossings(draft, row_nodes)
    return _measure(relief, draft, bands, climb_nodes)


def _add_bank(
    draft: _Draft,
    bank: Bank,
    bands: list[Band],
    row_nodes: dict[tuple[int, int], list[int]],
    climb_nodes: dict[tuple[int, int], Ints],
) -> None:
    ends: list[dict[float, int]] = []
    for row in range(len(bank.rows_m)):
        found = _row_junctions(draft, bank, row, bands)
        ends.append(found)
        order = sorted(set(found.values()), key=lambda node: draft.u[node])
        row_nodes[bank.side, row] = order
        _add_row(draft, bank, row, order)
    for band in bands:
        pairs = []
        for low_u, high_u, name in zip(band.low_u, band.high_u, band.road_class, strict=True):
            low, high = ends[band.row][float(low_u)], ends[band.row + 1][float(high_u)]
            start, end = (low, high) if bank.side > 0 else (high, low)
            if not (low_u == band.low_u[-1] and not draft.district.owns_right):
                draft.edge(start, end, "climb", str(name), band.row, bank.side)
            else:
                _widen(draft, (start, end), str(name))
            pairs.append((low, high))
        climb_nodes[bank.side, band.row] = np.array(pairs)


def _widen(draft: _Draft, nodes: tuple[int, int], road_class: str) -> None:
    """Note on shared corners the boundary street that the neighbour will write."""
    for node in nodes:
        draft.climb_class[node] = road_class


def _row_junctions(draft: _Draft, bank: Bank, row: int, bands: list[Band]) -> dict[float, int]:
    """Return the node of each street end on a row; ends near one another share a node."""
    below = bands[row - 1].high_u if row > 0 else np.empty(0)
    above = bands[row].low_u if row < len(bands) else np.empty(0)
    wanted = sorted({*map(float, below), *map(float, above)})
    first = sorted({float(below[0] if len(below) else above[0]), float(below[-1] if len(below) else above[-1])})
    through = set(map(float, below)) & set(map(float, above)) | set(first)
    placed: dict[float, int] = {}
    for u in sorted(wanted, key=lambda place: (place not in through, place)):
        near = [(abs(place - u), node) for place, node in placed.items() if abs(place - u) < SNAP_M]
        placed[u] = min(near)[1] if near else _numbered(draft, bank, row, u, first)
    return placed


def _numbered(draft: _Draft, bank: Bank, row: int, u: float, ends: list[float]) -> int:
    """Add a junction; those on a boundary have numbers that both neighbours know."""
    district, north = draft.district, len(draft.valley.north.rows_m)
    rows = north + len(draft.valley.south.rows_m)
    index = row if bank.side > 0 else north + row
    if u == ends[0]:
        return draft.node(bank, row, u, district.number, index)
    if u == ends[-1] and not district.owns_right:
        return draft.node(bank, row, u, district.number + 1, index)
    if u == ends[-1]:
        return draft.node(bank, row, u, district.number, rows + index)
    return draft.node(bank, row, u, district.number, None)


def _add_row(draft: _Draft, bank: Bank, row: int, order: list[int]) -> None:
    stream = float(draft.valley.stream_u(draft.district.column))
    for start, end in zip(order[:-1], order[1:], strict=True):
        crosses = bank.side > 0 and draft.u[start] < stream < draft.u[end]
        if not crosses:
            draft.edge(start, end, "row", bank.classes[row], row, bank.side)
        elif row in BRIDGE_ROWS:
            draft.edge(start, end, "bridge", bank.classes[row], row, bank.side)


def _add_crossings(draft: _Draft, row_nodes: dict[tuple[int, int], list[int]]) -> None:
    """Add the great bridge, and the pass over the northern ridge where a district lies beyond."""
    u = hub_u(draft.valley, draft.district, GREAT_BRIDGE_ROW)

    def nearest(side: int) -> int:
        return min(row_nodes[side, GREAT_BRIDGE_ROW], key=lambda node: abs(draft.u[node] - u))

    draft.edge(nearest(-1), nearest(1), "bridge", "arterial", GREAT_BRIDGE_ROW, 0)
    above = draft.district.district_above
    if above is not None:
        top = len(draft.valley.north.rows_m) - 1
        draft.edge(row_nodes[1, top][0], _beyond(draft, above), "pass", "collector", top, 1)


def _beyond(draft: _Draft, above: int) -> int:
    """Add the junction at the top of the southern slope of the next valley."""
    valley = draft.valley
    top = len(valley.south.rows_m) - 1
    node = draft.node(
        valley.south, top, edge_u(valley, draft.district.column, top), above, len(valley.north.rows_m) + top
    )
    # Its place is known in the next valley's coordinates only: `_measure` puts it there.
    draft.c[node] = np.nan
    return node


def _measure(
    relief: Relief, draft: _Draft, bands: tuple[Band, ...], climb_nodes: dict[tuple[int, int], Ints]
) -> Streets:
    nodes = _place_nodes(relief, draft)
    start, end, kind, road_class, row, side = (np.array(column) for column in zip(*draft.edges, strict=True))
    road_class = _flatten_classes(nodes, start, end, kind, road_class)
    inner = _inner_counts(nodes, start, end, kind)
    edges = Edges(start, end, kind, road_class, row, side, np.concatenate([[0], np.cumsum(inner)]))
    points = _place_points(relief, draft.valley, nodes, edges, inner)
    return Streets(draft.district, draft.valley, bands, nodes, edges, points, climb_nodes)


def _place_nodes(relief: Relief, draft: _Draft) -> Nodes:
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
    return Nodes(
        key, number, own, owner, u, c, xyz, np.array(draft.row_class), np.array(draft.climb_class)
    )


def _flatten_classes(nodes: Nodes, start: Ints, end: Ints, kind: Names, road_class: Names) -> Names:
    """Turn contour streets that the stream's valley makes too steep into steps."""
    run = np.hypot(*(nodes.xyz[end, :2] - nodes.xyz[start, :2]).T)
    grade = np.abs(nodes.xyz[end, 2] - nodes.xyz[start, 2]) / run
    return np.where((kind == "row") & (road_class == "local") & (grade > 0.19), "steps", road_class)


def _inner_counts(nodes: Nodes, start: Ints, end: Ints, kind: Names) -> Ints:
    """Return how many points lie inside each edge: close enough to follow the ground."""
    run = np.hypot(*(nodes.xyz[end, :2] - nodes.xyz[start, :2]).T)
    row = np.select([run < 26, run < 46, run < 78], [0, 1, 2], 2 + np.ceil((run - 78) / 36))
    far = np.ceil(run / 26) - 1
    return np.select([kind == "row", kind == "climb"], [row, 3 + np.ceil(run / 70)], far).astype(np.int64)


def _place_points(relief: Relief, valley: Valley, nodes: Nodes, edges: Edges, inner: Ints) -> Points:
    edge = np.repeat(np.arange(len(inner)), inner)
    order = np.arange(len(edge)) - edges.first[edge]
    share = (order + 1.0) / (inner[edge] + 1.0)
    a, b = edges.start[edge], edges.end[edge]
    climb, row = edges.kind[edge] == "climb", edges.kind[edge] == "row"
    span = np.abs(nodes.c[b] - nodes.c[a])
    near = np.where(climb, _bench(nodes.row_class[a]) / np.where(climb, span, 1.0), 0.0)
    far = np.where(climb, 1.0 - _bench(nodes.row_class[b]) / np.where(climb, span, 1.0), 1.0)
    even = order / np.maximum(inner[edge] - 1.0, 1.0)
    share = np.where(climb, near + even * (far - near), share)
    run = np.abs(nodes.u[b] - nodes.u[a])
    margin = np.where(row, 13.0 / np.maximum(run, 1.0), 0.0)
    share = np.where(row & (inner[edge] > 1), margin + even * (1.0 - 2 * margin), share)
    c = nodes.c[a] + share * (nodes.c[b] - nodes.c[a])
    along = np.where(climb, climb_course(share, near, far), share)
    u = nodes.u[a] + along * (nodes.u[b] - nodes.u[a])
    x, y = relief.place(valley, u, c)
    deck = nodes.xyz[a, 2] + share * (nodes.xyz[b, 2] - nodes.xyz[a, 2]) + 10.0 * share * (1 - share)
    bridge = edges.kind[edge] == "bridge"
    z = np.where(bridge, np.where(edges.side[edge] == 0, deck, deck - 9.0 * share * (1 - share)), 0.0)
    through = edges.kind[edge] == "pass"
    if through.any():
        x[through], y[through] = _straight(nodes, a[through], b[through], share[through])
    z = np.where(bridge, z, relief.height_at(x, y) if through.any() else relief.height(valley, u, c))
    return Points(edge, share, u, c, np.column_stack([x, y, z]))


def climb_course(share: Floats, near: Floats, far: Floats) -> Floats:
    """Return how far a climbing street has moved sideways (0..1) at shares of its way up.

    It leaves and meets its rows at a right angle, within the benches that end at `near` and `far`.
    """
    return smoothstep((share - 0.5 * near) / (0.5 - 0.5 * near + 0.5 * far))


def _bench(road_class: Names) -> Floats:
    width = {name: section.bench_m for name, section in SECTIONS.items()}
    return np.array([width[str(name)] for name in road_class])


def _straight(nodes: Nodes, a: Ints, b: Ints, share: Floats) -> tuple[Floats, Floats]:
    ends = nodes.xyz[a, :2] + share[:, None] * (nodes.xyz[b, :2] - nodes.xyz[a, :2])
    return ends[:, 0], ends[:, 1]
