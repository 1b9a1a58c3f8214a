"""Ground plans of buildings, in a unit box, counter-clockwise; and the place of the stair and lift core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cim.etl.sample.randomness import Floats


@dataclass(frozen=True)
class Plan:
    """A ground plan in the box -0.5..0.5."""

    ring: Floats
    """(n, 2): corners, counter-clockwise."""
    core: Floats
    """(4, 2): corners of the core that rises above the roof, counter-clockwise."""


def _plan(ring: list[tuple[float, float]], core: tuple[float, float, float, float]) -> Plan:
    west, south, east, north = core
    corners = [(west, south), (east, south), (east, north), (west, north)]
    return Plan(np.array(ring), np.array(corners))


def _mirrored(quarter: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the ring whose corners in the lower right quarter are given, mirrored on both axes."""
    right = quarter + [(x, -y) for x, y in reversed(quarter)]
    return right + [(-x, -y) for x, y in right]


def _comb() -> list[tuple[float, float]]:
    """Return a slab with three stair bays on its northern side."""
    ring = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.34)]
    for middle in (0.33, 0.0, -0.33):
        ring += [(middle + 0.06, 0.34), (middle + 0.06, 0.5), (middle - 0.06, 0.5), (middle - 0.06, 0.34)]
    return [*ring, (-0.5, 0.34)]


PLANS: Mapping[str, Plan] = {
    "rect": _plan([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)], (-0.1, -0.22, 0.1, 0.22)),
    "chamfer": _plan(_mirrored([(0.38, -0.5), (0.5, -0.36)]), (-0.16, -0.2, 0.16, 0.2)),
    "octagon": _plan(_mirrored([(0.21, -0.5), (0.5, -0.21)]), (-0.15, -0.15, 0.15, 0.15)),
    "l": _plan([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.02), (-0.08, 0.02), (-0.08, 0.5), (-0.5, 0.5)],
               (-0.4, -0.36, -0.18, -0.1)),
    "u": _plan([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (0.24, 0.5), (0.24, 0.0), (-0.24, 0.0), (-0.24, 0.5),
                (-0.5, 0.5)], (-0.1, -0.4, 0.1, -0.12)),
    "t": _plan([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.06), (0.18, 0.06), (0.18, 0.5), (-0.18, 0.5), (-0.18, 0.06),
                (-0.5, 0.06)], (-0.12, -0.36, 0.12, -0.06)),
    "cross": _plan(_mirrored([(0.2, -0.5), (0.2, -0.2), (0.5, -0.2)]), (-0.13, -0.13, 0.13, 0.13)),
    "h": _plan(_mirrored([(0.14, -0.26), (0.14, -0.5), (0.5, -0.5)]), (-0.1, -0.15, 0.1, 0.15)),
    "butterfly": _plan(
        _mirrored([(0.12, -0.34), (0.12, -0.5), (0.5, -0.5), (0.5, -0.12), (0.36, -0.12)]),
        (-0.1, -0.2, 0.1, 0.2),
    ),
    "comb": _plan(_comb(), (-0.08, -0.3, 0.08, 0.1)),
}  # fmt: skip
"""Ground plans by name."""


def inset_ring(ring: Floats, distance: float) -> Floats:
    """Return rings moved inwards.

    Parameters
    ----------
    ring
        (..., n, 2), counter-clockwise, metres.
    distance
        How far each side moves, metres.
    """
    ahead = np.roll(ring, -1, axis=-2) - ring
    ahead /= np.linalg.norm(ahead, axis=-1, keepdims=True)
    inward = np.stack([-ahead[..., 1], ahead[..., 0]], axis=-1)
    before = np.roll(inward, 1, axis=-2)
    cosine = (inward * before).sum(axis=-1, keepdims=True)
    moved: Floats = ring + distance * (inward + before) / (1.0 + cosine)
    return moved
