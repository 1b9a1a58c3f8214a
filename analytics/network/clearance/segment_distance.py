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

    The place on the first line that is nearest to the second one is moved onto the first segment; where the place on
    the second line that is nearest to that lies beyond an end, the end takes its place, and the first place is sought
    anew from there (C. Ericson, Real-Time Collision Detection, 2005, 5.1.9). Of parallel segments one of the nearest
    places is given.

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
    s = _clamped(uv * vw - vv * uw, np.where(skew, determinant, 0.0))
    t = _clamped(vw + s * uv, vv)
    s = np.where(skew & (t > 0) & (t < 1), s, _clamped(t * uv - uw, uu))
    return Nearest(np.sqrt(_square(w, u, v, s, t)), s, t)


def _square(w: Floats, u: Floats, v: Floats, s: Floats, t: Floats) -> Floats:
    """Return the squared length of w + s·u - t·v: in full, for the expanded one loses what large numbers hide."""
    total = np.zeros(w.shape[1])
    for one, along, across in zip(w, u, v, strict=True):
        apart = one + s * along
        apart -= t * across
        apart *= apart
        total += apart
    return total


def _clamped(numerator: Floats, by: Floats) -> Floats:
    """Return a share of the way, 0 to 1; 0 where there is nothing to divide by."""
    share = np.zeros(len(by))
    np.divide(numerator, by, out=share, where=by > 0)
    # What lies beyond the numbers is beyond an end too.
    return np.minimum(np.maximum(share, 0.0, out=share), 1.0, out=share)


def _dot(a: Floats, b: Floats) -> Floats:
    total = a[0] * b[0]
    for one, other in zip(a[1:], b[1:], strict=True):
        total += one * other
    return np.asarray(total)


def place(start: Floats, end: Floats, share: Floats) -> Floats:
    """Return the place at a share of the way along each segment."""
    return start + share[:, None] * (end - start)
