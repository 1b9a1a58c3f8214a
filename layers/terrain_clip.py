"""Cuts a mesh to the square of its tile."""

from __future__ import annotations

import numpy as np

from cim.layers.quantized_mesh import STEPS, Floats, Ints

_SIDES = ((0, 1.0, 0.0), (0, -1.0, 1.0), (1, 1.0, 0.0), (1, -1.0, 1.0))
"""Coordinate, direction in which the tile lies, and place of each edge."""


def clipped(vertices: Floats, triangles: Ints) -> tuple[Floats, Ints]:
    """Return what of a mesh lies in the unit square.

    Parameters
    ----------
    vertices
        (n, k): u, v, and whatever is to be interpolated where an edge is cut.
    triangles
        (m, 3) vertices of each, all turning the same way.

    Returns
    -------
    tuple
        Vertices, no two of which fall on one quantized place, and triangles, none without area on that lattice.
    """
    soup = vertices[triangles]
    for axis, sign, limit in _SIDES:
        soup = _cut(soup, sign * (soup[:, :, axis] - limit))
        # What was cut lies on the edge, and not a rounding beside it.
        beyond = sign * (soup[:, :, axis] - limit) < 1e-12
        soup[:, :, axis] = np.where(beyond, limit, soup[:, :, axis])
    return _joined(soup)


def _cut(soup: Floats, distance: Floats) -> Floats:
    """Return the parts of (m, 3, k) triangles where the (m, 3) distance is not negative."""
    inside = distance >= 0
    count = inside.sum(axis=1)
    parts = [soup[count == 3]]
    for number, odd in ((1, inside), (2, ~inside)):
        some = count == number
        # The odd one out goes first; the order round the triangle stays.
        first = odd[some].argmax(axis=1)
        turn = (first[:, None] + np.arange(3)) % 3
        a, b, c = np.moveaxis(np.take_along_axis(soup[some], turn[..., None], axis=1), 1, 0)
        da, db, dc = np.take_along_axis(distance[some], turn, axis=1).T
        on_ab, on_ac = _between(a, b, da, db), _between(a, c, da, dc)
        if number == 1:
            parts.append(np.stack([a, on_ab, on_ac], axis=1))
        else:
            parts += [np.stack([on_ab, b, c], axis=1), np.stack([on_ab, c, on_ac], axis=1)]
    return np.concatenate(parts)


def _between(start: Floats, end: Floats, start_distance: Floats, end_distance: Floats) -> Floats:
    """Return where the distance vanishes on the way from start to end."""
    share = start_distance / (start_distance - end_distance)
    between: Floats = start + share[:, None] * (end - start)
    return between


def _joined(soup: Floats) -> tuple[Floats, Ints]:
    """Give (m, 3, k) triangles common vertices by quantized place, and drop those without area."""
    flat = soup.reshape(-1, soup.shape[2])
    place = np.rint(flat[:, :2] * STEPS).astype(np.int64)
    _, first, number = np.unique(place @ [STEPS + 1, 1], return_index=True, return_inverse=True)
    triangles = number.reshape(-1, 3)
    (ua, va), (ub, vb), (uc, vc) = (place[first][triangles[:, i]].T for i in range(3))
    area = (ub - ua) * (vc - va) - (uc - ua) * (vb - va)
    triangles = triangles[area > 0]
    used, renumbered = np.unique(triangles, return_inverse=True)
    return flat[first][used], renumbered.reshape(-1, 3)
