"""Where networks are fed from: works, reservoirs, stations, and the district-energy loop."""

from __future__ import annotations

import numpy as np

from cim.etl.sample.blocks import Blocks
from cim.etl.sample.course import Course
from cim.etl.sample.layout import edge_u, hub_u
from cim.etl.sample.network import Spur
from cim.etl.sample.randomness import Bools, Floats, Ints
from cim.etl.sample.relief import Relief
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.streets import Names, Streets

HEAT_ROWS = (0, 3)
"""Rows of the northern bank that the district-energy loop follows."""

_FED_FROM: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "water": ("水厂", 2, ("waterworks", "industrial", "energy")),
    "gas": ("门站", 2, ("industrial", "treatment", "energy")),
    "power": ("变电站", 2, ("substation", "industrial", "energy")),
    "telecom": ("机房", 2, ("office", "culture", "commercial")),
    "heat": ("能源站", 1, ("energy",)),
}
"""By network: appurtenance of its sources, how many, and the uses of block that hold them, the preferred first."""


def spurs(relief: Relief, streets: Streets, blocks: Blocks, use: Names, course: Course) -> list[Spur]:
    """Return the lines from a pressure network's streets to its sources: far apart, so that no one of them is all."""
    fixture, count, uses = _FED_FROM[course.network]
    candidates = np.concatenate([np.flatnonzero(use == name) for name in uses])
    chosen = list(candidates[:1])
    if count > 1 and len(candidates) > 1:
        away = np.hypot(blocks.middle_u[candidates] - blocks.middle_u[chosen[0]],
                        blocks.middle_c[candidates] - blocks.middle_c[chosen[0]])  # fmt: skip
        chosen.append(candidates[np.argmax(away)])
    found = [_to_block(relief, streets, blocks, course, int(block), fixture) for block in chosen]
    if course.network == "water":
        found += _reservoirs(relief, streets, course)
    if not chosen:
        # Without a block for it the source stands beside the first street.
        found.append(_off_place(relief, streets, course, int(_row_places(streets, course)[0]), 0.0, fixture))
    return list({spur.place: spur for spur in reversed(found)}.values())[::-1]


def _row_places(streets: Streets, course: Course) -> Ints:
    """Return the places inside row edges of the network's largest part."""
    part = course.component[streets.edges.start[course.edges]]
    largest = np.bincount(part).argmax()
    on_row = course.edges[(part == largest) & (streets.edges.kind[course.edges] == "row")]
    places = [np.arange(streets.edges.first[edge], streets.edges.first[edge + 1]) for edge in on_row]
    found: Ints = np.concatenate(places) + course.junctions
    return found


def _to_block(relief: Relief, streets: Streets, blocks: Blocks, course: Course, block: int, fixture: str) -> Spur:
    places = _row_places(streets, course)
    foot = np.column_stack(
        relief.place(streets.valley, blocks.middle_u[block : block + 1], blocks.c_low[block : block + 1])
    )
    nearest = places[np.argmin(np.hypot(*(course.xyz[places, :2] - foot).T))]
    return _off_place(relief, streets, course, int(nearest), 1.2, fixture)


def _reservoirs(relief: Relief, streets: Streets, course: Course) -> list[Spur]:
    """Return service reservoirs above the top row of each bank."""
    found = []
    places = _row_places(streets, course)
    edge = streets.points.edge[places - course.junctions]
    hub = hub_u(streets.valley, streets.district, 0)
    for bank in streets.valley.banks:
        top = (streets.edges.side[edge] == bank.side) & (streets.edges.row[edge] == len(bank.rows_m) - 1)
        if top.any():
            here = places[top]
            nearest = here[np.argmin(np.abs(streets.points.u[here - course.junctions] - hub))]
            found.append(_off_place(relief, streets, course, int(nearest), 18.0, "高位水池"))
    return found


def _off_place(relief: Relief, streets: Streets, course: Course, place: int, beyond: float, fixture: str) -> Spur:
    """Return a line from a place on a row, square across the uphill side, so far beyond the red line."""
    inner = place - course.junctions
    points, edge = streets.points, streets.points.edge[inner]
    u, c = points.u[inner : inner + 1], points.c[inner : inner + 1]
    uphill = np.sign(c)
    ahead = np.column_stack(relief.place(streets.valley, u, c + uphill)) - points.xyz[inner, :2]
    lane = SECTIONS[str(streets.edges.road_class[edge])]
    # Beyond the level bench the ground climbs, so the line has a point at its edge.
    reach = np.array([lane.half_m + 1.2, lane.half_m + beyond] if beyond > 3.0 else [lane.half_m + beyond])
    reach -= uphill[0] * lane.offsets.get(course.network, 0.0)
    xy = course.xyz[place, :2] + reach[:, None] * ahead / np.linalg.norm(ahead)
    return Spur(place, np.column_stack([xy, relief.height_at(xy[:, 0], xy[:, 1])]), fixture)


def heat_edges(streets: Streets) -> Bools:
    """Return which street edges the district-energy loop follows: two rows and the avenues between them."""
    edges, nodes = streets.edges, streets.nodes
    lower, upper = HEAT_ROWS
    column = streets.district.column

    def at(u: Floats, place: Floats) -> Bools:
        near: Bools = np.abs(u - place) < 1.0
        return near

    left = np.array([edge_u(streets.valley, column, row) for row in range(upper + 1)])
    hub = np.array([hub_u(streets.valley, streets.district, row) for row in range(upper + 1)])
    row = np.minimum(edges.row, upper)
    start, end = nodes.u[edges.start], nodes.u[edges.end]
    inside = (start > left[row] - 1.0) & (end < hub[row] + 1.0)
    along = (edges.kind == "row") & np.isin(edges.row, HEAT_ROWS) & inside
    climbs = (edges.kind == "climb") & (edges.row >= lower) & (edges.row < upper)
    climbs &= (edges.road_class == "collector") & (at(start, left[row]) | at(start, hub[row]))
    loop: Bools = (edges.side == 1) & (along | climbs)
    return loop
