"""Walks over large networks in compiled code: they cost what they reach, however large the network is.

Importing this takes about half a second, and some seconds the very first time, when the code is compiled: `reach` does
so only for networks that are worth it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cim.analytics.network.compiled_walks import ARC, NODE, WAITING, Ahead, Links, Room, path_walk, reach_walk
from cim.analytics.network.flow import SHORTEST_M, Arcs
from cim.analytics.network.graph import Flags, Floats, Integers

_BUCKETS = 4096  # most of them; a few long pipes among many short ones would ask for millions
_LANDMARKS = 8  # 64 bytes a node: what memory hands over at once
_NOTHING = Ahead(np.zeros((0, 0)), np.zeros(0), np.zeros(0), 0.0)
_ROUNDING = 1e-6  # metres, by which sums of many lengths may differ with their order
_MEANS = 0.25  # width of a bucket, as a share of the mean weight: few nodes in each, and few empty ones


class Walker:
    """Arcs with weights, ready for walks; several threads may walk at once.

    Within, nodes are numbered by their place in the city: what a walk comes to lies together in memory, whatever order
    a survey came in (a million segments: 12 % quicker than numbered by streets, 45 % than at random).
    """

    def __init__(self, arcs: Arcs, weight: Floats) -> None:
        self._known_as = arcs.by_place
        self._place = np.empty(len(arcs.by_place), np.int32)
        self._place[arcs.by_place] = np.arange(len(arcs.by_place), dtype=np.int32)
        arcs = _numbered(arcs, self._place)
        table = np.empty(len(arcs.node), ARC)
        table["weight"] = np.maximum(weight, SHORTEST_M)[arcs.segment]
        table["node"] = arcs.node
        told = _told_from_the_other_end(arcs)
        table["segment"] = np.where(told, -1, arcs.segment)
        self._both_ways = 2 * np.count_nonzero(told) == len(told)
        usual = table["weight"][np.isfinite(table["weight"])]  # what is infinite is never walked
        heaviest = float(usual.max(initial=SHORTEST_M))
        mean = float(usual.mean()) if len(usual) else SHORTEST_M
        width = max(mean * _MEANS, heaviest / _BUCKETS)
        self._buckets = 1 << int(2 * heaviest / width + 1).bit_length()  # a detour by an arc costs it twice
        self._first = np.ascontiguousarray(arcs.first, np.int32)
        self._links = Links(table, width)
        self._rooms: list[Room] = []
        self._paths = 0
        self._away: Floats | None = None

    def reach(self, starts: Integers, limit: float) -> tuple[Integers, Floats, Integers]:
        """Return the nodes within a cost, the nearest first, the cost to each, and the segments between them."""
        nodes, cost, segments = self._reach(self._place[starts], limit)
        return self._known_as[nodes], cost, segments

    def _reach(self, starts: Integers, limit: float) -> tuple[Integers, Floats, Integers]:
        nodes, cost, segments, ordered = self._walked(reach_walk, starts, float(limit))
        if not ordered:
            order = np.argsort(cost, kind="stable")
            nodes, cost = nodes[order], cost[order]
        return nodes, cost, segments

    def path(self, start: int, ends: Integers) -> Integers:
        """Return the nodes from a start to the nearest of some ends, in order; none where no way leads."""
        begin, ends = self._place[[start]], self._place[ends]
        goal = np.zeros(len(self._place), np.bool_)
        goal[ends] = True
        if goal[begin].any():
            return np.array([start], np.int32)
        (nodes,) = self._walked(path_walk, begin, goal, ends, self._ahead(int(begin[0]), ends))
        way: Integers = self._known_as[nodes]
        return way

    def _ahead(self, start: int, ends: Integers) -> Ahead:
        """Return what landmarks tell of a way; they cost some walks, and are worth them from the second path on."""
        self._paths += 1
        if self._paths == 1 or not self._both_ways:
            return _NOTHING
        if self._away is None:
            self._away = self._from_landmarks(start)
        to_ends = self._away[ends]
        if not (np.isfinite(to_ends).all() and np.isfinite(self._away[start]).all()):
            return _NOTHING  # another part of the network
        low, high = to_ends.min(axis=0), to_ends.max(axis=0)
        least = max(float(np.maximum(low - self._away[start], self._away[start] - high).max()), 0.0)
        return Ahead(self._away, low, high, least - _ROUNDING)

    def _from_landmarks(self, start: int) -> Floats:
        """Return (n, k) the cost from each node to landmarks: nodes as far as can be from one another."""
        away = np.full((len(self._place), _LANDMARKS), np.inf)
        nodes, cost, _ = self._reach(np.array([start], np.int32), np.inf)
        nearest, landmark = np.full(len(away), np.inf), int(nodes[-1])
        for place in range(_LANDMARKS):
            found, cost, _ = self._reach(np.array([landmark], np.int32), np.inf)
            away[found, place] = cost
            nearest[found] = np.minimum(nearest[found], cost)
            landmark = int(nodes[np.argmax(nearest[nodes])])
        return away

    def _walked(self, walk: Callable[..., tuple[bool, Any]], *asked: object) -> Any:
        """Walk in a room that nobody uses, and in a larger one where there was not place enough for all that waited."""
        try:
            room = self._rooms.pop()  # a list gives each of its items to one thread only
        except IndexError:
            room = self._room()
        complete, found = walk(self._links, *asked, room)
        while not complete:
            room = room._replace(waiting=np.empty(2 * len(room.waiting), WAITING))
            complete, found = walk(self._links, *asked, room)
        self._rooms.append(room)
        return found

    def _room(self) -> Room:
        count = len(self._place)
        nodes = np.empty(count, NODE)
        nodes["cost"], nodes["first"], nodes["behind"] = np.inf, self._first[:-1], self._first[1:]
        waiting = np.empty(count + len(self._links.arcs), WAITING)  # takes memory only where it is used
        before, found = (np.empty(count, np.int32) for _ in range(2))
        head, tail = (np.empty(self._buckets, np.int32) for _ in range(2))
        return Room(nodes, before, found, waiting, head, tail)


def _numbered(arcs: Arcs, place: Integers) -> Arcs:
    """Return arcs of the same nodes in the order of their places; `place` tells where each stands then."""
    run, counts = arcs.leaving(arcs.by_place)
    first = np.zeros(len(arcs.first), np.int32)
    np.cumsum(counts, out=first[1:])
    return Arcs(first, place[arcs.node[run]], arcs.segment[run], np.arange(len(place), dtype=np.int32))


def _told_from_the_other_end(arcs: Arcs) -> Flags:
    """Return (a,) the arcs whose segment can be walked the other way too, from the end with the lower number."""
    tails = arcs.tails()
    down = np.flatnonzero(tails > arcs.node)
    up = np.zeros(int(arcs.segment.max(initial=-1)) + 1, np.bool_)
    up[arcs.segment[tails < arcs.node]] = True
    told = np.zeros(len(tails), np.bool_)
    told[down] = up[arcs.segment[down]]
    return told
