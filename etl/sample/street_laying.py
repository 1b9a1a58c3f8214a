"""Laying the streets of a district: contour rows, climbing streets, bridges, and the pass over the ridge."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cim.etl.sample.layout import SNAP_M, Band, edge_u, hub_u, lay_band
from cim.etl.sample.plan import District
from cim.etl.sample.randomness import Ints
from cim.etl.sample.relief import Relief
from cim.etl.sample.street_draft import Draft
from cim.etl.sample.street_points import flatten_classes, inner_counts, place_nodes, place_points
from cim.etl.sample.streets import BRIDGE_ROWS, GREAT_BRIDGE_ROW, Edges, Streets
from cim.etl.sample.valley import Bank


def lay_streets(relief: Relief, district: District) -> Streets:
    """Draw the streets of a district."""
    valley = relief.valley(district.valley)
    bands = tuple(
        lay_band(relief, valley, district, bank, row) for bank in valley.banks for row in range(len(bank.rows_m) - 1)
    )
    draft = Draft(valley, district)
    climb_nodes: dict[tuple[int, int], Ints] = {}
    row_nodes: dict[tuple[int, int], list[int]] = {}
    for bank in valley.banks:
        mine = [band for band in bands if band.bank.side == bank.side]
        _add_bank(draft, bank, mine, row_nodes, climb_nodes)
    _add_crossings(draft, row_nodes)
    return _measure(relief, draft, bands, climb_nodes)


def _add_bank(
    draft: Draft,
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


def _widen(draft: Draft, nodes: tuple[int, int], road_class: str) -> None:
    """Note on shared corners the boundary street that the neighbour will write."""
    for node in nodes:
        draft.climb_class[node] = road_class


def _row_junctions(draft: Draft, bank: Bank, row: int, bands: list[Band]) -> dict[float, int]:
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


def _numbered(draft: Draft, bank: Bank, row: int, u: float, ends: list[float]) -> int:
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


def _add_row(draft: Draft, bank: Bank, row: int, order: list[int]) -> None:
    stream = float(draft.valley.stream_u(draft.district.column))
    for start, end in pairwise(order):
        crosses = bank.side > 0 and draft.u[start] < stream < draft.u[end]
        if not crosses:
            draft.edge(start, end, "row", bank.classes[row], row, bank.side)
        elif row in BRIDGE_ROWS:
            draft.edge(start, end, "bridge", bank.classes[row], row, bank.side)


def _add_crossings(draft: Draft, row_nodes: dict[tuple[int, int], list[int]]) -> None:
    """Add the great bridge, and the pass over the northern ridge where a district lies beyond."""
    u = hub_u(draft.valley, draft.district, GREAT_BRIDGE_ROW)

    def nearest(side: int) -> int:
        return min(row_nodes[side, GREAT_BRIDGE_ROW], key=lambda node: abs(draft.u[node] - u))

    draft.edge(nearest(-1), nearest(1), "bridge", "arterial", GREAT_BRIDGE_ROW, 0)
    above = draft.district.district_above
    if above is not None:
        top = len(draft.valley.north.rows_m) - 1
        draft.edge(row_nodes[1, top][0], _beyond(draft, above), "pass", "collector", top, 1)


def _beyond(draft: Draft, above: int) -> int:
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
    relief: Relief, draft: Draft, bands: tuple[Band, ...], climb_nodes: dict[tuple[int, int], Ints]
) -> Streets:
    nodes = place_nodes(relief, draft)
    start, end, kind, road_class, row, side = (np.array(column) for column in zip(*draft.edges, strict=True))
    road_class = flatten_classes(nodes, draft.shared, start, end, kind, road_class)
    inner = inner_counts(nodes, start, end, kind)
    edges = Edges(start, end, kind, road_class, row, side, np.concatenate([[0], np.cumsum(inner)]))
    points = place_points(relief, draft.valley, nodes, edges, inner)
    return Streets(draft.district, draft.valley, bands, nodes, edges, points, climb_nodes)
