"""Shells that are no surface: edges of more than two faces, corners where fans of faces meet in a point only.

A shell is closed when each edge is walked once each way. It may still not tell inside from outside along an edge that
four faces share, or at a corner where two of its parts touch: two boxes that stand edge to edge, a room cut so that it
hangs on a point (ISO 19107: a shell is a manifold of two dimensions; val3dity 303).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim.etl.checks.face_measures import Measures
from cim.etl.faces import Ints

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Meetings:
    """Where more meets than a surface allows."""

    edges: Ints
    """(n,) A point at which such an edge begins, one for each edge."""
    corners: Ints
    """(n,) A point at each such corner."""


def meetings(measures: Measures) -> Meetings:
    """Return edges of more than two faces, and corners of more than one fan of faces, of all shells.

    Corners are told apart by their number in the file, not by place: a file that lists a corner twice keeps there apart
    what touches. Corners on an edge that is not walked just once each way, and those that a face has twice (a hole
    that touches its outline), are not judged.
    """
    corner, owner = _corners(measures)
    there = corner[measures.next_point]
    real = np.flatnonzero(corner != there)
    low, high = np.minimum(corner, there)[real], np.maximum(corner, there)[real]
    order = real[np.lexsort((high, low))]
    new = np.ones(len(order), dtype=bool)
    ends = np.minimum(corner, there)[order], np.maximum(corner, there)[order]
    new[1:] = (ends[0][1:] != ends[0][:-1]) | (ends[1][1:] != ends[1][:-1])
    first = np.flatnonzero(new)
    count = np.diff(np.append(first, len(order)))
    two = first[count == 2]
    one, other = order[two], order[two + 1]
    opposite = corner[one] == there[other]
    one, other = one[opposite], other[opposite]
    pinched = _pinched(measures, corner, there, owner, one, other)
    return Meetings(order[first[count > 2]], pinched)


def _corners(measures: Measures) -> tuple[Ints, Ints]:
    """Return a number of each point's corner, small and of one shell only, and the polygon of each point."""
    new = np.zeros(len(measures.area), dtype=np.int64)
    new[measures.shell_start] = 1
    polygon = np.repeat(np.arange(len(new)), measures.polygon_size)
    number = (np.cumsum(new)[polygon] << 32) | measures.faces.corner
    return np.unique(number, return_inverse=True)[1].reshape(-1), polygon


def _pinched(measures: Measures, corner: Ints, there: Ints, polygon: Ints, one: Ints, other: Ints) -> Ints:
    """Return a point of each corner around which the faces form more than one fan.

    From an edge that leaves a corner one turns to the next: against the one that comes back, and on in its ring. Where
    that does not lead through all edges that leave the corner, there are several fans.
    """
    turned = np.arange(len(corner))
    turned[one], turned[other] = measures.next_point[other], measures.next_point[one]
    # A corner that a ring repeats at once: on to the edge that really leaves it.
    still = np.flatnonzero(corner == there)
    turned[still] = measures.next_point[still]
    fan, reach = np.arange(len(corner)), turned
    while True:
        lower = np.minimum(fan, fan[reach])
        if (lower == fan).all():
            break
        fan, reach = lower, reach[reach]
    unjudged = np.zeros(int(corner.max(initial=-1)) + 1, dtype=bool)
    paired = corner == there
    paired[one] = paired[other] = True
    unjudged[corner[~paired]] = unjudged[there[~paired]] = True
    distinct = np.flatnonzero(corner != there)
    order = distinct[np.lexsort((polygon[distinct], corner[distinct]))]
    twice = (corner[order][1:] == corner[order][:-1]) & (polygon[order][1:] == polygon[order][:-1])
    unjudged[corner[order[1:][twice]]] = True
    fans = np.unique(corner[distinct] * len(corner) + fan[distinct])
    of_corner, at = fans // len(corner), fans % len(corner)
    several = np.flatnonzero((np.bincount(of_corner, minlength=len(unjudged)) > 1) & ~unjudged)
    return np.asarray(at[np.searchsorted(of_corner, several)])
