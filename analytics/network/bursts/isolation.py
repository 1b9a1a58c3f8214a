"""A burst: the valves to close, the part that they isolate, and what loses its supply beyond it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cim.analytics.errors import NotIsolable, UnknownSegment, UnknownValve
from cim.analytics.network.bursts.supply import supply_of
from cim.analytics.network.graph import PRESSURE, Flags, Integers, NetworkGraph, positions
from cim.analytics.network.valve_parts import ValveParts


@dataclass(frozen=True)
class Affected:
    """What is without supply, and whom it served."""

    nodes: Integers
    """Positions of its nodes."""
    segments: Integers
    """Positions of its segments."""
    length_m: float
    """Length of these, metres."""
    connections: int
    """Service connections."""
    customers: int
    """Customers: households or firms."""
    residents: float
    """People, as far as known."""
    residents_unknown: int
    """Connections whose number of people is not known."""
    critical: int
    """Connections that must not be without."""


@dataclass(frozen=True)
class Isolation:
    """How to isolate a segment, and what it costs; positions in the graph's arrays."""

    segment: int
    """The segment that burst."""
    close: Integers
    """Valves to close."""
    already_closed: Integers
    """Closed valves that bound the part too: they stay closed."""
    not_usable: Integers
    """Valves that would have bound it, but are stuck: the part reaches beyond them."""
    isolated: Affected
    """What lies between these valves, the segment included."""
    beyond: Affected
    """What lies outside, and is cut off from every source by it (unintended isolation)."""
    reopen: Integers
    """Closed valves between `beyond` and what stays supplied: opening one may bring its supply back."""
    sources: Integers
    """Sources within the isolated part: they are out of work too."""


def isolation(graph: NetworkGraph, parts: ValveParts, segment_id: int, stuck: Iterable[int] = ()) -> Isolation:
    """Find the valves to close for a burst on a segment, and what is without supply then.

    Parameters
    ----------
    graph
        A network that is fed from sources.
    parts
        `valve_parts(graph)`; made once for all bursts.
    segment_id
        Feature id of the segment that burst.
    stuck
        Feature ids of valves that cannot be closed, besides those that are known not to work.

    Raises
    ------
    NotIsolable
        It drains by gravity, or is of cables: no valves part it.
    UnknownSegment
        The segment is not in the network.
    UnknownValve
        A valve is not in the network.
    """
    if graph.network not in PRESSURE:
        raise NotIsolable(graph.network)
    segment = int(positions(graph.segment_id, np.array([segment_id]))[0])
    if segment < 0:
        raise UnknownSegment(segment_id, graph.network)
    usable = _usable(graph, stuck)
    inside, not_usable = _spread(graph, parts, parts.of_segment[segment], usable)
    bounding = inside[parts.near] != inside[parts.far]
    supply = supply_of(graph, parts)
    beyond = np.zeros(parts.count, np.bool_)
    beyond[supply.lost_without(inside)] = True
    remaining = supply.supplied & ~inside & ~beyond
    # Closed valves are few: which of them join the two is asked of them alone.
    shut = np.flatnonzero(graph.valve_closed & usable)
    near, far = parts.near[shut], parts.far[shut]
    joins = (beyond[near] & remaining[far]) | (beyond[far] & remaining[near])
    return Isolation(
        segment=segment,
        close=np.flatnonzero(bounding & ~graph.valve_closed),
        already_closed=np.flatnonzero(bounding & graph.valve_closed),
        not_usable=not_usable,
        isolated=_affected(graph, parts, inside),
        beyond=_affected(graph, parts, beyond),
        reopen=shut[joins],
        sources=np.flatnonzero(graph.source & inside[parts.of_node]),
    )


def _usable(graph: NetworkGraph, stuck: Iterable[int]) -> Flags:
    """Tell which valves can be turned."""
    wanted = np.array(sorted(set(stuck)), dtype=np.int64)
    place = positions(graph.valve_id, wanted)
    if (place < 0).any():
        raise UnknownValve(int(wanted[place < 0][0]), graph.network)
    usable: Flags = np.array(graph.valve_operable)
    usable[place] = False
    return usable


def _spread(graph: NetworkGraph, parts: ValveParts, part: int, usable: Flags) -> tuple[Flags, Integers]:
    """Return (p,) the parts that cannot be kept apart from one, and the valves that fail to do so."""
    inside = np.zeros(parts.count, np.bool_)
    inside[part] = True
    # A closed valve bounds a part whether it can be turned or not.
    open_stuck = np.flatnonzero(~usable & ~graph.valve_closed)
    near, far = parts.near[open_stuck], parts.far[open_stuck]
    while True:
        crossing = inside[near] != inside[far]
        if not crossing.any():
            break
        inside[near[crossing]] = inside[far[crossing]] = True
    return inside, open_stuck[inside[near] & (near != far)]


def _affected(graph: NetworkGraph, parts: ValveParts, chosen: Flags) -> Affected:
    """Sum what some parts hold."""
    nodes = np.flatnonzero(chosen[parts.of_node])
    segments = np.flatnonzero(chosen[parts.of_segment])
    connections = int(graph.connections[nodes].sum())
    return Affected(
        nodes=nodes,
        segments=segments,
        length_m=float(graph.length_m[segments].sum()),
        connections=connections,
        customers=int(graph.customers[nodes].sum()),
        residents=float(graph.residents[nodes].sum()),
        residents_unknown=connections - int(graph.residents_known[nodes].sum()),
        critical=int(graph.critical[nodes].sum()),
    )
