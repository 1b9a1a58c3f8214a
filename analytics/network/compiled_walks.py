"""Walks in compiled code. All of it stands in this file: numba keeps it on disk for as long as the file is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from cim.analytics.network.graph import Flags, Floats, Integers

Code = TypeVar("Code", bound=Callable[..., Any])

_MOVES = 16  # of a node on average, above which sorting is the quicker way

# What is read together lies together: memory is what a walk waits for.
ARC = np.dtype([("weight", "f8"), ("node", "i4"), ("segment", "i4")], align=True)
"""An arc: weight above 0; node at the other end; segment, -1 where the arc the other way tells it."""
NODE = np.dtype([("cost", "f8"), ("first", "i4"), ("behind", "i4")], align=True)
"""A node: its cost, infinite but during a walk; its arcs are `first:behind`."""
WAITING = np.dtype([("cost", "f8"), ("node", "i4"), ("after", "i4")], align=True)
"""A node that waits in a bucket, with the cost that it had then, and the place of the next one, -1 of the last."""


def compiled(function: Code) -> Code:
    """Return a function in compiled form, kept on disk where there is a place for it."""
    try:
        return cast(Code, numba.njit(function, cache=True, nogil=True))
    except RuntimeError:  # neither beside the code nor in the user's cache may anything be written
        return cast(Code, numba.njit(function, nogil=True))


class Links(NamedTuple):
    """Arcs with weights."""

    arcs: npt.NDArray[Any]
    """(a,) ARC."""
    width: float
    """Range of costs of a bucket."""


class Ahead(NamedTuple):
    """What is known beforehand of the way to some ends, by k landmarks; of arcs that may all be walked both ways."""

    away: Floats
    """(n, k) cost from each node to each landmark."""
    low: Floats
    """(k,) cost from each landmark to the nearest end."""
    high: Floats
    """(k,) cost from each landmark to the farthest end."""
    whole: float
    """A little less than the whole way costs at least."""


class Room(NamedTuple):
    """Arrays of one walk, used again by the next."""

    nodes: npt.NDArray[Any]
    """(n,) NODE."""
    before: Integers
    """(n,) node from which each was reached, -1 of a start; of paths only."""
    found: Integers
    """(n,) nodes that were reached."""
    waiting: npt.NDArray[Any]
    """(k,) WAITING, in lists: a ring of buckets by cost, as many as a power of two."""
    head: Integers
    """Place of the first one in each bucket, -1 where it is empty."""
    tail: Integers
    """Place of the last one in each."""


@compiled
def _line_up(room: Room, place: int, to: int) -> None:
    """Let what stands at a place wait at the end of a bucket."""
    room.waiting[place].after = -1
    if room.head[to] < 0:
        room.head[to] = place
    else:
        room.waiting[room.tail[to]].after = place
    room.tail[to] = place


@compiled
def _set_out(starts: Integers, room: Room) -> int:
    """Let the starts wait, each once, and return how many they are."""
    room.head[:] = -1
    number = 0
    for start in starts:
        if room.nodes[start].cost == np.inf:
            room.nodes[start].cost, room.before[start], room.found[number] = 0.0, -1, start
            room.waiting[number].node, room.waiting[number].cost = start, 0.0
            _line_up(room, number, 0)
            number += 1
    return number


@compiled
def _at_least(ahead: Ahead | None, node: int) -> float:
    """Return a cost that no way from a node to an end falls below (A. V. Goldberg and C. Harrelson, SODA 2005)."""
    least = 0.0
    if ahead is None:
        return least
    for landmark in range(len(ahead.low)):
        away = ahead.away[node, landmark]
        least = max(least, ahead.low[landmark] - away, away - ahead.high[landmark])
    return least


@compiled
def _spread(
    links: Links, starts: Integers, limit: float, goal: Flags, ahead: Ahead | None, room: Room
) -> tuple[bool, int]:
    """Find the cost of all nodes within a limit, or up to the nearest goal.

    Nodes wait in buckets by their cost. One whose cost sinks while its bucket is emptied is walked from again, so that
    the costs are exact whatever the width (U. Meyer and P. Sanders, Δ-stepping, J. Algorithms 49 (2003),
    doi:10.1016/S0196-6774(03)00076-2; here on one processor). On the way to a goal the buckets go by the cost of the
    whole way, as far as it is known to be at least: what leads away from the goal waits, and is seldom reached.

    Returns
    -------
    complete, number
        Whether all that waited had room, and how many nodes were found.
    """
    arcs, nodes, waiting = links.arcs, room.nodes, room.waiting
    mask, a_metre = len(room.head) - 1, 1.0 / links.width
    number = _set_out(starts, room)
    free, spare, left, bucket = number, -1, number, 0
    whole = 0.0 if ahead is None else ahead.whole
    while left > 0 and bucket <= (limit - whole) * a_metre:
        one = room.head[bucket & mask]
        while one >= 0:
            node, away = waiting[one].node, waiting[one].cost
            room.head[bucket & mask] = waiting[one].after
            waiting[one].after, spare, left = spare, one, left - 1
            for arc in range(nodes[node].first, nodes[node].behind if away == nodes[node].cost else 0):
                other, new = arcs[arc].node, away + arcs[arc].weight
                known = nodes[other].cost
                if new >= known:
                    continue
                more = new + _at_least(ahead, other) - whole
                if more > limit - whole:
                    continue
                if known == np.inf:
                    room.found[number] = other
                    number += 1
                nodes[other].cost = new
                if len(goal):
                    room.before[other] = node
                    limit = new if goal[other] else limit
                if spare >= 0:
                    place, spare = spare, waiting[spare].after
                elif free == len(waiting):
                    return False, number
                else:
                    place, free = free, free + 1
                waiting[place].node, waiting[place].cost = other, new
                _line_up(room, place, max(int(more * a_metre), bucket) & mask)
                left += 1
            one = room.head[bucket & mask]
        bucket += 1
    return True, number


@compiled
def reach_walk(
    links: Links, starts: Integers, limit: float, room: Room
) -> tuple[bool, tuple[Integers, Floats, Integers, bool]]:
    """Walk, put what was found in order, and leave the room as it was."""
    complete, number = _spread(links, starts, limit, np.zeros(0, np.bool_), None, room)
    nodes, cost, ordered = _in_order(room.found[:number], room)
    segments = _between(links, nodes, room)
    for node in nodes:
        room.nodes[node].cost = np.inf
    return complete, (nodes, cost, segments, ordered)


@compiled
def path_walk(
    links: Links, starts: Integers, goal: Flags, ends: Integers, ahead: Ahead, room: Room
) -> tuple[bool, tuple[Integers]]:
    """Walk up to the nearest end, go back from it, and leave the room as it was."""
    complete, number = _spread(links, starts, np.inf, goal, ahead, room)
    node = ends[0]
    for end in ends:
        node = end if room.nodes[end].cost < room.nodes[node].cost else node
    way, count = np.empty(number, np.int32), 0
    if complete and room.nodes[node].cost < np.inf:
        while node >= 0:
            count += 1
            way[number - count] = node
            node = room.before[node]
    for found in room.found[:number]:
        room.nodes[found].cost = np.inf
    return complete, (way[number - count :],)


@compiled
def _in_order(nodes: Integers, room: Room) -> tuple[Integers, Floats, bool]:
    """Return nodes and their costs, the nearest first, and whether that was done.

    They are dealt into as many slots as there are nodes, and moved within these: that is linear where distances spread
    evenly. Where they do not, it is given up before it takes long.
    """
    count = len(nodes)
    farthest = 0.0
    for node in nodes:
        farthest = max(farthest, room.nodes[node].cost)
    slots = (count - 1) / farthest if farthest > 0 else 0.0
    begin = np.zeros(count + 1, np.int32)
    for node in nodes:
        begin[int(room.nodes[node].cost * slots) + 1] += 1
    for slot in range(count):
        begin[slot + 1] += begin[slot]
    dealt, costs = np.empty(count, np.int32), np.empty(count)
    for node in nodes:
        own = room.nodes[node].cost
        slot = int(own * slots)
        dealt[begin[slot]], costs[begin[slot]] = node, own
        begin[slot] += 1
    moves = _MOVES * count
    for place in range(1, count):
        node, own, to = dealt[place], costs[place], place
        while to > 0 and costs[to - 1] > own:
            dealt[to], costs[to] = dealt[to - 1], costs[to - 1]
            to -= 1
        dealt[to], costs[to] = node, own
        moves -= place - to
        if moves < 0:
            return dealt, costs, False
    return dealt, costs, True


@compiled
def _between(links: Links, nodes: Integers, room: Room) -> Integers:
    """Return the segments that lead from some nodes to others that were reached, each once."""
    number = 0
    for node in nodes:
        number += room.nodes[node].behind - room.nodes[node].first
    segments, count = np.empty(number, np.int32), 0
    for node in nodes:
        for arc in range(room.nodes[node].first, room.nodes[node].behind):
            segments[count] = links.arcs[arc].segment
            if segments[count] >= 0 and room.nodes[links.arcs[arc].node].cost < np.inf:
                count += 1
    return segments[:count]
