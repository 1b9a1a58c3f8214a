"""Pairs of pieces that lie near each other in plan, found block by block in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from cim.analytics.network.clearance.pieces import Lines
from cim.analytics.network.clearance.segment_distance import nearest
from cim.analytics.network.rules.tables import Rules

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

BLOCK = 20_000
"""Pieces whose neighbours are sought at a time."""
ALONG = 0.5
"""Sine of 30°: pieces that differ less in direction run along each other, where their walls overlap in plan."""
MEET_M = 1e-6
"""Axes nearer than this in plan meet."""
_POINT_M = 1e-3


@dataclass(frozen=True)
class Pairs:
    """Pairs of pieces, the lower number first."""

    i: Integers
    """Piece."""
    j: Integers
    """Other piece."""
    plan_m: Floats
    """Distance of the axes in plan, metres."""
    s: Floats
    """Where along i they are nearest in plan, 0 to 1."""
    t: Floats
    """Where along j."""
    crosses: Bools
    """Axes meet in plan, or walls overlap in plan and the directions differ by 30° or more."""
    along: Bools
    """Directions differ by less than 30°."""

    def take(self, kept: Bools | Integers) -> Pairs:
        """Return some of the pairs."""
        return Pairs(*(getattr(self, name)[kept] for name in Pairs.__dataclass_fields__))


def no_pairs() -> Pairs:
    """Return none: what a city without pipes has."""
    whole, number, flag = np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_)
    return Pairs(whole, whole, number, number, number, flag, flag)


class Neighbours:
    """Which features hang together: they share a node, or a feature of their group joins their nodes."""

    def __init__(self, lines: Lines) -> None:
        self._ends, self._group = lines.ends, lines.group
        self._base = int(lines.ends.max(initial=0)) + 1
        low, high = np.sort(lines.ends, axis=1).T
        self._edges = np.unique(low * self._base + high)

    def hang_together(self, f: Integers, g: Integers) -> Bools:
        """Tell it for pairs of features."""
        out: Bools = f == g
        same = np.flatnonzero((self._group[f] == self._group[g]) & ~out)
        a, b = self._ends[f[same]], self._ends[g[same]]
        corners = [(x, y) for x in (0, 1) for y in (0, 1)]
        close = np.logical_or.reduce([a[:, x] == b[:, y] for x, y in corners])
        apart = np.flatnonzero(~close)
        for x, y in corners:
            close[apart] |= self._joined(a[apart, x], b[apart, y])
        out[same] = close
        return out

    def _joined(self, m: Integers, n: Integers) -> Bools:
        key = np.minimum(m, n) * self._base + np.maximum(m, n)
        place = np.minimum(np.searchsorted(self._edges, key), len(self._edges) - 1)
        return np.asarray(self._edges[place] == key)


def near_pairs(lines: Lines, rules: Rules, neighbours: Neighbours, block: int = BLOCK) -> Iterator[Pairs]:
    """Yield the pairs that some rule speaks of and that are near enough for it, tolerances included.

    Pairs of one feature, and of features of one network that hang together, are left out.
    """
    grown = _grown(lines, rules)
    tree = shapely.STRtree(grown)
    known = (rules.horizontal.index >= 0) | (rules.vertical.index >= 0)
    asked = np.nan_to_num(rules.horizontal.required_m(), nan=0.0)
    for first in range(0, len(grown), block):
        at, j = tree.query(grown[first : first + block])
        i = at + first
        later = i < j
        i, j = i[later].astype(np.int64), j[later].astype(np.int64)
        f, g = lines.owner[i], lines.owner[j]
        level = (lines.larger[f] | lines.larger[g]).astype(np.int64)
        wanted = (f != g) & known[lines.code[f], lines.code[g], level]
        i, j, f, g, level = i[wanted], j[wanted], f[wanted], g[wanted], level[wanted]
        limit = asked[lines.code[f], lines.code[g], level] + np.hypot(lines.plan_m[f], lines.plan_m[g])
        found = _measured(lines, i, j)
        near = found.plan_m <= limit + lines.half_width_m[f] + lines.half_width_m[g]
        found = found.take(near)
        apart = ~neighbours.hang_together(lines.owner[found.i], lines.owner[found.j])
        yield found.take(apart)


def _grown(lines: Lines, rules: Rules) -> npt.NDArray[np.object_]:
    """Return lines whose extents are those of the pieces, grown so that the extents of near pieces overlap.

    Each is grown by half of the most that is asked of its class, by its half width and its tolerance: together that is
    no less than what is asked of the pair. The tree looks at extents only, and a diagonal is made faster than a box.
    """
    there = np.unique(lines.code)
    asked = np.nan_to_num(rules.horizontal.required_m(), nan=0.0)[:, there].max(axis=(1, 2), initial=0.0)
    reach = (asked[lines.code] / 2 + lines.half_width_m + lines.plan_m)[lines.owner, None]
    low, high = np.minimum(lines.start, lines.end)[:, :2], np.maximum(lines.start, lines.end)[:, :2]
    return np.asarray(shapely.linestrings(np.stack([low - reach, high + reach], axis=1)))


def _measured(lines: Lines, i: Integers, j: Integers) -> Pairs:
    """Measure pairs in plan."""
    p, p_end, q, q_end = (side.take(piece, axis=0)[:, :2] for piece in (i, j) for side in (lines.start, lines.end))
    u, v = p_end - p, q_end - q
    found = nearest(p, p_end, q, q_end)
    long_u, long_v = np.sqrt(u[:, 0] ** 2 + u[:, 1] ** 2), np.sqrt(v[:, 0] ** 2 + v[:, 1] ** 2)
    turned = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    pointlike = (long_u < _POINT_M) | (long_v < _POINT_M)
    along = ~pointlike & (turned < ALONG * long_u * long_v)
    walls = lines.half_width_m[lines.owner[i]] + lines.half_width_m[lines.owner[j]]
    crosses = (found.distance <= MEET_M) | ((found.distance < walls) & ~along)
    return Pairs(i, j, found.distance, found.s, found.t, crosses, along)
