"""Pairs that cross: how much room lies between them, upwards."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim.analytics.network.clearance.pair_search import Pairs
from cim.analytics.network.clearance.pieces import Lines
from cim.analytics.network.clearance.segment_distance import nearest, place

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_STEEP = np.sqrt(3.0)
"""Tangent of 60°: steeper pieces have no top and bottom to speak of."""


def vertical_gap(lines: Lines, pairs: Pairs) -> Floats:
    """Return the clearance between outer walls where pairs cross, metres; below zero they share room.

    Measured upwards, at the place where the axes meet in plan. The wall of a sloping pipe is farther from its axis
    upwards than at a right angle: half its height by the cosine of its slope. Of two that lie over each other
    lengthwise, the tighter end of the common length counts. With a piece steeper than 60° it is the distance in space
    between the walls.
    """
    f, g = lines.owner[pairs.i], lines.owner[pairs.j]
    up_f, steep_f = _upwards(lines, pairs.i)
    up_g, steep_g = _upwards(lines, pairs.j)
    walls = lines.half_height_m[f] * up_f + lines.half_height_m[g] * up_g
    apart = _level_difference(lines, pairs, pairs.s, pairs.t)
    over = np.flatnonzero(pairs.along)
    for s, t, there in _ends_of_overlap(lines, pairs.take(over)):
        ends = _level_difference(lines, pairs.take(over), s, t)
        apart[over] = np.where(there, np.minimum(apart[over], ends), apart[over])
    gap: Floats = apart - walls
    steep = np.flatnonzero(steep_f | steep_g)
    gap[steep] = distance_in_space(lines, pairs.take(steep))
    return gap


def distance_in_space(lines: Lines, pairs: Pairs) -> Floats:
    """Return the distance in space between outer walls, metres; below zero they share room.

    A section counts as the ellipse of its width and height: exact for round pipes, and for rectangular ones beside or
    above each other.
    """
    p, p_end, q, q_end = lines.start[pairs.i], lines.end[pairs.i], lines.start[pairs.j], lines.end[pairs.j]
    found = nearest(p, p_end, q, q_end)
    between = place(q, q_end, found.t) - place(p, p_end, found.s)
    flat, distance = np.hypot(between[:, 0], between[:, 1]), np.where(found.distance > 0, found.distance, 1.0)
    sideways = np.where(found.distance > 0, flat / distance, 0.0)
    upwards = np.where(found.distance > 0, np.abs(between[:, 2]) / distance, 1.0)
    walls = [
        np.hypot(lines.half_width_m[lines.owner[piece]] * sideways, lines.half_height_m[lines.owner[piece]] * upwards)
        for piece in (pairs.i, pairs.j)
    ]
    return np.asarray(found.distance - walls[0] - walls[1])


def _upwards(lines: Lines, piece: npt.NDArray[np.int64]) -> tuple[Floats, Bools]:
    """Return by how much the wall is farther upwards than at a right angle, and which pieces are steep."""
    along = lines.end[piece] - lines.start[piece]
    plan = np.hypot(along[:, 0], along[:, 1])
    rise = np.abs(along[:, 2])
    steep = rise > _STEEP * plan
    flat = np.where(steep | (plan == 0), 1.0, plan)
    return np.where(steep | (plan == 0), 1.0, np.hypot(flat, rise) / flat), steep


def _level_difference(lines: Lines, pairs: Pairs, s: Floats, t: Floats) -> Floats:
    over = place(lines.start[pairs.i], lines.end[pairs.i], s)[:, 2]
    under = place(lines.start[pairs.j], lines.end[pairs.j], t)[:, 2]
    return np.abs(over - under)


def _ends_of_overlap(lines: Lines, pairs: Pairs) -> list[tuple[Floats, Floats, Bools]]:
    """Return the ends of the common length of pairs that run along each other: shares of both, and where that is so."""
    p, p_end = lines.start[pairs.i, :2], lines.end[pairs.i, :2]
    q, q_end = lines.start[pairs.j, :2], lines.end[pairs.j, :2]
    walls = lines.half_width_m[lines.owner[pairs.i]] + lines.half_width_m[lines.owner[pairs.j]]
    out = []
    for end in (p, p_end):
        found = nearest(end, end, q, q_end)
        share = np.full(len(pairs.i), 0.0 if end is p else 1.0)
        out.append((share, found.t, found.distance < walls))
    for end in (q, q_end):
        found = nearest(end, end, p, p_end)
        share = np.full(len(pairs.i), 0.0 if end is q else 1.0)
        out.append((found.t, share, found.distance < walls))
    return out
