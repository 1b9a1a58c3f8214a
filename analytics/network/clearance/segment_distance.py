"""Distance between two straight segments, for many pairs at once, in plan or in space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_FLAT = 1e-12


@dataclass(frozen=True)
class Nearest:
    """Where two segments come nearest, by pair."""

    distance: Floats
    """(n,) least distance, in the unit of the coordinates."""
    s: Floats
    """(n,) share of the way along the first segment, 0 to 1."""
    t: Floats
    """(n,) share of the way along the second."""


def nearest(p: Floats, p_end: Floats, q: Floats, q_end: Floats) -> Nearest:
    """Return the least distance of two segments p → p_end and q → q_end, and where.

    The squared distance is a convex quadratic in (s, t): its minimum over the unit square lies where both derivatives
    vanish, if that is inside, else on an edge, where one segment is reduced to an end (C. Ericson, Real-Time Collision
    Detection, 2005, 5.1.9). Of parallel segments one of the nearest places is given.

    Parameters
    ----------
    p, p_end, q, q_end
        (n, 2) or (n, 3) coordinates. A segment may have no length.
    """
    # By coordinate: numpy is fastest along rows that lie together.
    u, v, w = (np.ascontiguousarray(side.T) for side in (p_end - p, q_end - q, p - q))
    uu, vv, uv = _dot(u, u), _dot(v, v), _dot(u, v)
    uw, vw = _dot(u, w), _dot(v, w)
    determinant = uu * vv - uv * uv
    skew = determinant > _FLAT * uu * vv
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.where(skew, (uv * vw - vv * uw) / determinant, -1.0)
        t = np.where(skew, (uu * vw - uv * uw) / determinant, -1.0)
    inside = (s >= 0) & (s <= 1) & (t >= 0) & (t <= 1)
    best_s, best_t = np.where(inside, s, 0.0), np.where(inside, t, 0.0)
    best = np.where(inside, _square(w, u, v, best_s, best_t), np.inf)
    for fixed in (0.0, 1.0):
        for at_p in (True, False):
            along = _clamped(vw + fixed * uv, vv) if at_p else _clamped(fixed * uv - uw, uu)
            square = _square(w, u, v, fixed, along) if at_p else _square(w, u, v, along, fixed)
            nearer = square < best
            best = np.where(nearer, square, best)
            best_s = np.where(nearer, fixed if at_p else along, best_s)
            best_t = np.where(nearer, along if at_p else fixed, best_t)
    return Nearest(np.sqrt(best), best_s, best_t)


def _square(w: Floats, u: Floats, v: Floats, s: Floats | float, t: Floats | float) -> Floats:
    """Return the squared length of w + s·u - t·v: in full, for the expanded one loses what large numbers hide."""
    total = np.zeros(w.shape[1])
    for one, along, across in zip(w, u, v, strict=True):
        apart = one + s * along
        apart -= t * across
        apart *= apart
        total += apart
    return total


def _clamped(numerator: Floats, squared_length: Floats) -> Floats:
    """Return a share of the way, 0 to 1; 0 for a segment without length."""
    safe = np.where(squared_length > 0, squared_length, 1.0)
    return np.clip(np.where(squared_length > 0, numerator / safe, 0.0), 0.0, 1.0)


def _dot(a: Floats, b: Floats) -> Floats:
    total = a[0] * b[0]
    for one, other in zip(a[1:], b[1:], strict=True):
        total += one * other
    return np.asarray(total)


def place(start: Floats, end: Floats, share: Floats) -> Floats:
    """Return the place at a share of the way along each segment."""
    return start + share[:, None] * (end - start)
