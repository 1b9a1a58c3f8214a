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
    u, v, w = p_end - p, q_end - q, p - q
    uu, vv, uv = _dot(u, u), _dot(v, v), _dot(u, v)
    uw, vw = _dot(u, w), _dot(v, w)
    ww = _dot(w, w)
    determinant = uu * vv - uv * uv
    skew = determinant > _FLAT * uu * vv
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.where(skew, (uv * vw - vv * uw) / determinant, -1.0)
        t = np.where(skew, (uu * vw - uv * uw) / determinant, -1.0)
    inside = (s >= 0) & (s <= 1) & (t >= 0) & (t <= 1)
    best_s, best_t = np.where(inside, s, 0.0), np.where(inside, t, 0.0)
    # In full: the expanded square loses what the difference of large numbers hides.
    best = np.where(inside, _length(w + best_s[:, None] * u - best_t[:, None] * v), np.inf)
    for fixed in (0.0, 1.0):
        along = _clamped(vw + fixed * uv, vv)
        best, best_s, best_t = _better(best, best_s, best_t, w, u, v, np.full(len(ww), fixed), along)
        along = _clamped(fixed * uv - uw, uu)
        best, best_s, best_t = _better(best, best_s, best_t, w, u, v, along, np.full(len(ww), fixed))
    return Nearest(best, best_s, best_t)


def _better(
    best: Floats, best_s: Floats, best_t: Floats, w: Floats, u: Floats, v: Floats, s: Floats, t: Floats
) -> tuple[Floats, Floats, Floats]:
    distance = _length(w + s[:, None] * u - t[:, None] * v)
    nearer = distance < best
    return np.where(nearer, distance, best), np.where(nearer, s, best_s), np.where(nearer, t, best_t)


def _clamped(numerator: Floats, squared_length: Floats) -> Floats:
    """Return a share of the way, 0 to 1; 0 for a segment without length."""
    safe = np.where(squared_length > 0, squared_length, 1.0)
    return np.clip(np.where(squared_length > 0, numerator / safe, 0.0), 0.0, 1.0)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij->i", a, b))


def _length(a: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", a, a)))


def place(start: Floats, end: Floats, share: Floats) -> Floats:
    """Return the place at a share of the way along each segment."""
    return start + share[:, None] * (end - start)
