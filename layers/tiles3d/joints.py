"""Where pipes meet: which two are one bend, and how thick and in what direction pipes come to a node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cim.layers.tiles3d.mesh import Flags, Floats, Ints
from cim.layers.tiles3d.tubes import SHARPEST

# Pipes that meet closer than this, and whose sections differ by less, go on into one another.
_TOGETHER_M = 0.02
_ALIKE = 0.05


@dataclass(frozen=True)
class Ends:
    """Ends of pipes, two a pipe: first all starts, then all ends in the same order."""

    node: Ints
    """(2S,) node that the end is at; 0 where it is at none."""
    point: Floats
    """(2S, 3) place of the end, metres."""
    inward: Floats
    """(2S, 3) unit direction from the end into its pipe."""
    width_m: Floats
    """(2S,) outer width."""
    height_m: Floats
    """(2S,) outer height."""


@dataclass(frozen=True)
class Nodes:
    """What comes together at some nodes."""

    pipes: Ints
    """(N,) ends of pipes."""
    width_m: Floats
    """(N,) widest of them, 0 where there is none."""
    direction: Floats
    """(N, 3) direction of the widest away from the node, (1, 0, 0) where there is none."""
    lowest_m: Floats
    """(N,) lowest underside of them, NaN where there is none."""
    gap: Flags
    """(N,) whether several pipes meet but do not close on one another."""


def continued(ends: Ends) -> Floats:
    """Return the direction (2S, 3) in which the pipe beyond each end comes or goes; NaN where none continues it.

    For a start it is the direction of the pipe that leads into it, for an end of the one that leads on.
    """
    partner = _partner(ends)
    found = partner >= 0
    direction = np.full((len(ends.node), 3), np.nan)
    # From a start one looks back along the other pipe, from an end forward into it.
    half = len(ends.node) // 2
    sign = np.where(np.arange(len(ends.node)) < half, -1.0, 1.0)
    direction[found] = ends.inward[partner[found]] * sign[found, None]
    return direction


def meeting(ends: Ends, nodes: Ints) -> Nodes:
    """Return what comes together at nodes, given by their ids and in their order."""
    order = np.argsort(nodes, kind="stable")
    known = np.flatnonzero(np.isin(ends.node, nodes))
    place = order[np.searchsorted(nodes[order], ends.node[known])]
    count = len(nodes)
    pipes = np.bincount(place, minlength=count)
    width, lowest = np.zeros(count), np.full(count, np.inf)
    np.maximum.at(width, place, ends.width_m[known])
    np.minimum.at(lowest, place, ends.point[known, 2] - ends.height_m[known] / 2)
    direction = np.tile([1.0, 0.0, 0.0], (count, 1))
    by_width = np.argsort(ends.width_m[known], kind="stable")
    direction[place[by_width]] = ends.inward[known][by_width]
    alone = np.bincount(place, _partner(ends)[known] < 0, minlength=count)
    return Nodes(pipes, width, direction, np.where(pipes > 0, lowest, np.nan), (alone > 0) & (pipes > 1))


def _partner(ends: Ends) -> Ints:
    """Position (2S,) of the one other end that an end closes on, -1 where there is none."""
    partner = np.full(len(ends.node), -1, np.int64)
    order = np.argsort(ends.node, kind="stable")
    node = ends.node[order]
    first = np.flatnonzero(np.diff(node, prepend=node[:1] - 1))
    size = np.diff(np.append(first, len(node)))
    pair = first[(size == 2) & (node[first] > 0)]
    one, other = order[pair], order[pair + 1]
    near = np.linalg.norm(ends.point[one] - ends.point[other], axis=1) < _TOGETHER_M
    alike = (np.abs(ends.width_m[one] - ends.width_m[other]) <= _ALIKE * ends.width_m[one]) & (
        np.abs(ends.height_m[one] - ends.height_m[other]) <= _ALIKE * ends.height_m[one]
    )
    # Not where both leave the node the same way: nothing could close them.
    opposed = np.einsum("ij,ij->i", ends.inward[one], ends.inward[other]) < -SHARPEST
    closed = near & alike & opposed
    partner[one[closed]], partner[other[closed]] = other[closed], one[closed]
    return partner
