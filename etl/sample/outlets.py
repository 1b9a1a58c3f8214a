"""Where storm water and sewage leave the streets: outfalls at both rivers, works at the lower end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cim.etl.sample.course import Course
from cim.etl.sample.layout import STREAM_STREET_M
from cim.etl.sample.randomness import Bools, Floats, Ints
from cim.etl.sample.relief import Relief
from cim.etl.sample.streets import Streets
from cim.etl.sample.valley import HALF_RIVER_M, HALF_STREAM_M

_OUTFALL_EVERY_M = 170.0
_TO_RIVER_M = (36.0, 15.0)
_TO_STREAM_M = HALF_STREAM_M + 10.0
_TO_WORKS_M = 32.0


@dataclass(frozen=True)
class Outlets:
    """Junctions at which a network ends, and the places beyond them."""

    nodes: Ints
    """Street junctions."""
    last: dict[int, Ints]
    """Places of the last stretch from each of them, as numbers after the course's own."""
    xyz: Floats
    """(m, 3): those places, with ground level."""


def storm_outlets(relief: Relief, streets: Streets, course: Course) -> Outlets:
    """Return outfalls along the main river every so often, and along the second river at every other row."""
    river = _spaced(streets, _candidates(streets, course, row=0))
    bank = _by_stream(streets, course)
    nodes = np.concatenate([river, np.setdiff1d(bank, river)])
    paths = [_to_river(streets, int(node), _TO_RIVER_M) for node in river]
    paths += [_to_stream(streets, int(node)) for node in nodes[len(river) :]]
    return _collect(relief, streets, course, nodes, paths)


def sewage_outlets(relief: Relief, streets: Streets, course: Course) -> Outlets:
    """Return one outlet for each connected part: the riverside junction farthest downstream."""
    found = _candidates(streets, course, row=0)
    if not len(found):
        return Outlets(found, {}, np.empty((0, 3)))
    part = course.component[found]
    nodes = np.array([found[part == one][np.argmax(streets.nodes.u[found[part == one]])] for one in np.unique(part)])
    paths = [_to_river(streets, int(node), (_TO_WORKS_M,)) for node in nodes]
    return _collect(relief, streets, course, nodes, paths)


def _on_row(streets: Streets, row: int) -> Bools:
    lines = {round(float(bank.across[row]), 6) for bank in streets.valley.banks if row < len(bank.rows_m)}
    return np.isin(np.round(streets.nodes.c, 6), list(lines))


def _candidates(streets: Streets, course: Course, row: int) -> Ints:
    """Return own junctions of a row that the network reaches, in order along the river."""
    reached = np.zeros(len(streets.nodes.u), dtype=bool)
    reached[streets.edges.start[course.edges]] = reached[streets.edges.end[course.edges]] = True
    found = np.flatnonzero(reached & streets.nodes.own & _on_row(streets, row))
    return found[np.lexsort((streets.nodes.u[found], course.component[found]))]


def _spaced(streets: Streets, nodes: Ints) -> Ints:
    kept: list[int] = []
    for node in map(int, nodes):
        side = np.sign(streets.nodes.c[node])
        near = [k for k in kept if np.sign(streets.nodes.c[k]) == side]
        if all(abs(streets.nodes.u[k] - streets.nodes.u[node]) >= _OUTFALL_EVERY_M for k in near):
            kept.append(node)
    return np.array(kept, dtype=np.int64)


def _by_stream(streets: Streets, course: Course) -> Ints:
    middle = float(streets.valley.stream_u(streets.district.column))
    near = np.abs(np.abs(streets.nodes.u - middle) - STREAM_STREET_M) < 1.0
    rows = range(1, len(streets.valley.north.rows_m), 2)
    found = [_candidates(streets, course, row) for row in rows]
    nodes = np.concatenate([*found, np.empty(0, dtype=np.int64)])
    chosen: Ints = nodes[near[nodes] & (streets.nodes.c[nodes] > 0)]
    return chosen


def _to_river(streets: Streets, node: int, distances: tuple[float, ...]) -> tuple[Floats, Floats]:
    u, c = streets.nodes.u[node], streets.nodes.c[node]
    return np.full(len(distances), u), np.sign(c) * (HALF_RIVER_M + np.array(distances))


def _to_stream(streets: Streets, node: int) -> tuple[Floats, Floats]:
    middle = float(streets.valley.stream_u(streets.district.column))
    side = np.sign(streets.nodes.u[node] - middle)
    return np.array([middle + side * _TO_STREAM_M]), streets.nodes.c[node : node + 1]


def _collect(
    relief: Relief, streets: Streets, course: Course, nodes: Ints, paths: list[tuple[Floats, Floats]]
) -> Outlets:
    if not paths:
        return Outlets(nodes, {}, np.empty((0, 3)))
    u, c = (np.concatenate(column) for column in zip(*paths, strict=True))
    begins = np.concatenate([[0], np.cumsum([len(path[0]) for path in paths])])
    # The stretch leaves its junction in the lane, not in the middle of the street.
    shift = course.xyz[nodes, :2] - streets.nodes.xyz[nodes, :2]
    owner = np.repeat(np.arange(len(nodes)), np.diff(begins))
    xy = np.column_stack(relief.place(streets.valley, u, c)) + shift[owner]
    xyz = np.column_stack([xy, relief.height_at(xy[:, 0], xy[:, 1])])
    last = {int(node): len(course.xyz) + np.arange(begins[i], begins[i + 1]) for i, node in enumerate(nodes)}
    return Outlets(nodes, last, xyz)
