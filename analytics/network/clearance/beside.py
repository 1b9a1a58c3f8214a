"""Pairs that lie beside each other, without what is near only because the two lines cross close by."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from cim.analytics.network.clearance.pair_search import Neighbours, Pairs
from cim.analytics.network.clearance.pieces import Lines
from cim.analytics.network.clearance.segment_distance import nearest, place

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_ROUNDS = 12
_NEAREST = 12
_SHORTEST_M = 1e-3


@dataclass(frozen=True)
class Stretches:
    """Parts of first pieces that are near a second piece."""

    pairs: Pairs
    """Pieces, distance in plan, and where (shares of the whole pieces)."""
    begin: Floats
    """Share of the first piece at which the part begins."""
    stop: Floats
    """Share at which it ends."""
    limit_m: Floats
    """Distance of the axes below which the pair is told, metres."""
    around_m: Floats
    """Radius of a crossing's surroundings, metres."""

    def take(self, kept: Bools | Integers) -> Stretches:
        """Return some of them."""
        return Stretches(
            self.pairs.take(kept), *(getattr(self, name)[kept] for name in ("begin", "stop", "limit_m", "around_m"))
        )


class Crossings:
    """Places where lines of two groups cross in plan."""

    def __init__(self, lines: Lines, pairs: Pairs, neighbours: Neighbours) -> None:
        self._lines, self._neighbours = lines, neighbours
        self._first, self._second = lines.owner[pairs.i], lines.owner[pairs.j]
        self._at = place(lines.start[pairs.i], lines.end[pairs.i], pairs.s)[:, :2]
        key = _group_pair(lines, self._first, self._second)
        self._trees = {one: (where := np.flatnonzero(key == one), cKDTree(self._at[where])) for one in np.unique(key)}

    def around(self, first: Integers, second: Integers, at: Floats, radius: Floats) -> Integers:
        """Return, for places where two features are near, a crossing of theirs within a radius; -1: none.

        A crossing is theirs when the lines that cross are the features themselves or hang together with them.
        """
        out = np.full(len(first), -1, dtype=np.int64)
        key = _group_pair(self._lines, first, second)
        for one in np.unique(key):
            if one not in self._trees:
                continue
            where, tree = self._trees[one]
            asked = np.flatnonzero(key == one)
            k = min(_NEAREST, len(where))
            distance, found = tree.query(at[asked], k=k, distance_upper_bound=float(radius[asked].max()) + 1e-9)
            distance, found = np.reshape(distance, (len(asked), k)), np.reshape(found, (len(asked), k))
            for rank in range(k):
                near = np.flatnonzero((distance[:, rank] <= radius[asked]) & (out[asked] < 0))
                if not len(near):  # they come by distance: what is farther is too far as well, or found already
                    break
                crossing = where[found[near, rank]]
                theirs = self._theirs(first[asked[near]], second[asked[near]], crossing)
                out[asked[near[theirs]]] = crossing[theirs]
        return out

    def place_of(self, crossing: Integers) -> Floats:
        """Return where crossings are, (n, 2)."""
        return np.asarray(self._at[crossing])

    def _theirs(self, f: Integers, g: Integers, crossing: Integers) -> Bools:
        a, b = self._first[crossing], self._second[crossing]
        related = self._neighbours.hang_together
        return (related(f, a) & related(g, b)) | (related(f, b) & related(g, a))


def _group_pair(lines: Lines, f: Integers, g: Integers) -> Integers:
    low, high = np.sort(np.stack([lines.group[f], lines.group[g]]), axis=0)
    return np.asarray(low * 1000 + high)


def outside_crossings(lines: Lines, stretches: Stretches, crossings: Crossings) -> Stretches:
    """Return what remains too near when the surroundings of crossings are cut out of the first pieces.

    Two lines that cross are near each other before and after: there the vertical rule counts, not the horizontal one.
    At an angle of 30° or more, lines that cross are apart again at the edge of the surroundings, whose radius is twice
    the distance asked for; at a smaller angle they run along each other, and what lies outside is told.
    """
    done: list[Stretches] = []
    for _ in range(_ROUNDS):
        pairs = stretches.pairs
        at = place(lines.start[pairs.i], lines.end[pairs.i], pairs.s)[:, :2]
        crossing = crossings.around(lines.owner[pairs.i], lines.owner[pairs.j], at, stretches.around_m)
        done.append(stretches.take(crossing < 0))
        stretches, crossing = stretches.take(crossing >= 0), crossing[crossing >= 0]
        if not len(crossing):
            break
        stretches = _cut(lines, stretches, crossings.place_of(crossing))
    else:
        done.append(stretches)
    return _together(done)


def _cut(lines: Lines, stretches: Stretches, centre: Floats) -> Stretches:
    """Cut a circle out of each stretch; measure the two rests and keep those that are still too near."""
    p = lines.start[stretches.pairs.i, :2]
    u = lines.end[stretches.pairs.i, :2] - p
    length = np.hypot(*u.T)
    safe = np.where(length > 0, length, 1.0)
    foot = np.einsum("ij,ij->i", centre - p, u) / safe**2
    off = np.hypot(*(p + foot[:, None] * u - centre).T)
    half = np.sqrt(np.maximum(stretches.around_m**2 - off**2, 0.0)) / safe
    before = replace(stretches, stop=np.minimum(stretches.stop, foot - half))
    after = replace(stretches, begin=np.maximum(stretches.begin, foot + half))
    rests = _together([before, after])
    long_enough = (rests.stop - rests.begin) * np.tile(length, 2) > _SHORTEST_M
    return _measured(lines, rests.take(long_enough))


def _measured(lines: Lines, rests: Stretches) -> Stretches:
    pairs = rests.pairs
    start, end = lines.start[pairs.i], lines.end[pairs.i]
    p, p_end = place(start, end, rests.begin)[:, :2], place(start, end, rests.stop)[:, :2]
    found = nearest(p, p_end, lines.start[pairs.j, :2], lines.end[pairs.j, :2])
    s = rests.begin + found.s * (rests.stop - rests.begin)
    moved = replace(rests, pairs=replace(pairs, plan_m=found.distance, s=s, t=found.t))
    return moved.take(found.distance < rests.limit_m)


def _together(parts: list[Stretches]) -> Stretches:
    pairs = {name: np.concatenate([getattr(part.pairs, name) for part in parts]) for name in Pairs.__dataclass_fields__}
    rest = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("begin", "stop", "limit_m", "around_m")
    }
    return Stretches(Pairs(**pairs), **rest)
