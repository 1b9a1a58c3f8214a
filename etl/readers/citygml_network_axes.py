"""The axis of a pipe whose surface is all that a file gives: through the centres of its rings of vertices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim.etl.readers.cityjson_polygons import Floats, as_solids, flatten

_SLENDER = 1.5
"""Times its width that a pipe is long, at least."""
_ROUND = 0.12
"""Share by which the distances of a round section's vertices from its axis may differ."""


@dataclass(frozen=True)
class Axis:
    """The axis of a tube or box, and its section."""

    line: Floats
    """(n, 3) points, metres."""
    round_: bool
    """Whether the section is round."""
    width_mm: float
    """Outer width (or diameter) of the section."""
    height_mm: float
    """Outer height (or diameter)."""


def corners(body: dict[str, Any], points: Floats) -> Floats:
    """Return (n, 3) distinct vertices of a CityJSON geometry of polygons."""
    flat = flatten([as_solids(body["type"], body["boundaries"])])
    return np.unique(points[np.unique(flat.vertex)].round(4), axis=0)


def axis(vertices: Floats) -> Axis | None:
    """Return the axis of a tube or box that is longer than wide; None where there is no telling.

    Parameters
    ----------
    vertices
        (n, 3) distinct vertices of its surface, metres.
    """
    if len(vertices) < 6:
        return None
    centre = vertices.mean(axis=0)
    direction = np.linalg.svd(vertices - centre, full_matrices=False)[2][0]
    along = (vertices - centre) @ direction
    aside = np.linalg.norm(vertices - centre - np.outer(along, direction), axis=1)
    section = 2 * float(np.median(aside))
    if section <= 0 or np.ptp(along) < _SLENDER * section:
        return None
    line = np.array([vertices[part].mean(axis=0) for part in _slices(along, section)])
    if len(line) < 2:
        return None
    line = _simplified(line, 0.05 * section)
    return _measured(line, vertices)


def _slices(along: Floats, section: float) -> list[npt.NDArray[np.int64]]:
    """Group vertices along the pipe: by gaps between rings, else, where the mesh is fine, by equal steps."""
    order = np.argsort(along, kind="stable")
    gaps: npt.NDArray[np.int64] = np.flatnonzero(np.diff(along[order]) > section / 2) + 1
    if len(gaps):
        return np.split(order, gaps)
    edges = np.linspace(along.min(), along.max(), max(2, int(np.ptp(along) / section)) + 1)
    place = np.clip(np.searchsorted(edges, along, side="right") - 1, 0, len(edges) - 2)
    return [np.flatnonzero(place == at) for at in range(len(edges) - 1) if (place == at).any()]


def _simplified(line: Floats, tolerance: float) -> Floats:
    """Leave out points of a line that lie between their neighbours, in plan and in height."""
    kept = [0]
    for at in range(1, len(line) - 1):
        before, after = line[kept[-1]], line[at + 1]
        chord = after - before
        share = np.dot(line[at] - before, chord) / max(float(np.dot(chord, chord)), 1e-12)
        if np.linalg.norm(line[at] - before - share * chord) > tolerance:
            kept.append(at)
    return line[[*kept, len(line) - 1]]


def _measured(line: Floats, vertices: Floats) -> Axis | None:
    """Measure the section about an axis; None where vertices lie far from it: the pipe turns back on itself."""
    offsets = vertices - _nearest(line, vertices)
    distance = np.linalg.norm(offsets, axis=1)
    middle = float(np.median(distance))
    if middle <= 0 or distance.max() > 4 * middle:
        return None
    spread = float(np.percentile(distance, 95) - np.percentile(distance, 5))
    if spread <= _ROUND * middle and len(vertices) >= 12:
        return Axis(line, True, 2000 * middle, 2000 * middle)
    flat = np.linalg.norm(offsets[:, :2], axis=1)
    return Axis(line, False, 2000 * float(np.median(flat)), 2000 * float(np.median(np.abs(offsets[:, 2]))))


def _nearest(line: Floats, vertices: Floats) -> Floats:
    """Return the point of a line that is nearest to each vertex; beyond its ends on the line through them."""
    best = np.full(len(vertices), np.inf)
    out = np.empty_like(vertices)
    last = len(line) - 2
    for at in range(len(line) - 1):
        chord = line[at + 1] - line[at]
        share = (vertices - line[at]) @ chord / max(float(chord @ chord), 1e-12)
        low, high = (-np.inf if at == 0 else 0.0), (np.inf if at == last else 1.0)
        there = line[at] + np.clip(share, low, high)[:, None] * chord
        away = np.linalg.norm(vertices - there, axis=1)
        nearer = away < best
        best[nearer], out[nearer] = away[nearer], there[nearer]
    return out


def outline(vertices: Floats) -> tuple[Floats, float]:
    """Return middle and radius, metres, of the circle about the plan of some vertices."""
    hull = shapely.convex_hull(shapely.MultiPoint(vertices[:, :2]))
    circle = shapely.minimum_bounding_circle(hull)
    middle = shapely.get_coordinates(circle.centroid)[0]
    return middle, float(shapely.minimum_bounding_radius(hull))
