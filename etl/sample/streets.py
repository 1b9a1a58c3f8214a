"""Streets of one district: junctions, edges and the points along them, in planned and city coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cim.etl.sample.layout import Band
from cim.etl.sample.plan import District
from cim.etl.sample.randomness import Bools, Floats, Ints, smoothstep
from cim.etl.sample.valley import Valley

Names = npt.NDArray[np.str_]

BRIDGE_ROWS = (0, 3, 7)
"""Rows that cross the second river on a bridge; the others end at its bank."""
GREAT_BRIDGE_ROW = 1
"""Row on both banks where the great bridge lands, one terrace above the riverside streets that it flies over."""


@dataclass(frozen=True)
class Nodes:
    """Junctions and street ends."""

    key: Names
    """Key in the register; the same from both districts that share a junction."""
    number: Ints
    """Number in the district that owns it."""
    own: Bools
    """Whether this district writes it."""
    owner: Ints
    """Number of the district that owns it."""
    u: Floats
    """Planned coordinate along the river."""
    c: Floats
    """Planned coordinate across the river."""
    xyz: Floats
    """(n, 3): easting, northing, height."""
    row_class: Names
    """Class of the row that it lies on."""
    climb_class: Names
    """Widest climbing street that meets it."""


@dataclass(frozen=True)
class Edges:
    """Street edges between two junctions."""

    start: Ints
    """Node at the start."""
    end: Ints
    """Node at the end; rows run downstream, climbing streets northwards."""
    kind: Names
    """row, climb, bridge or pass."""
    road_class: Names
    """Class of street."""
    row: Ints
    """Row that it follows, or row at its foot."""
    side: Ints
    """Bank: 1 north, -1 south, 0 the great bridge."""
    first: Ints
    """(n + 1): where each edge's inner points begin in `Points`."""


@dataclass(frozen=True)
class Points:
    """Points along edges, ends left out."""

    edge: Ints
    """Edge that it lies on."""
    share: Floats
    """Place along the edge, 0..1."""
    u: Floats
    """Planned coordinate along the river."""
    c: Floats
    """Planned coordinate across the river."""
    xyz: Floats
    """(n, 3): easting, northing, height of the street there."""


@dataclass(frozen=True)
class Streets:
    """The street network of one district."""

    district: District
    """District it belongs to."""
    valley: Valley
    """Valley it lies in."""
    bands: tuple[Band, ...]
    """Climbing streets by band, northern bank first."""
    nodes: Nodes
    """Junctions."""
    edges: Edges
    """Edges."""
    points: Points
    """Points along the edges."""
    climb_nodes: dict[tuple[int, int], Ints]
    """(n, 2): lower and upper junction of the climbing streets of each band (side, row), in its order."""

    @cached_property
    def length_3d(self) -> Floats:
        """Length of each edge along the slope, metres."""
        xyz, index = chain(self.nodes.xyz, self.points.xyz, self.edges)
        step = np.linalg.norm(np.diff(xyz, axis=0), axis=1)
        step[index[1:-1] - 1] = 0.0
        total = np.concatenate([[0.0], np.cumsum(step)])
        length: Floats = total[index[1:] - 1] - total[index[:-1]]
        return length


def chain(node_values: Floats, point_values: Floats, edges: Edges) -> tuple[Floats, Ints]:
    """Return the values along every edge, ends included, and where each edge begins (n + 1)."""
    inner = np.diff(edges.first)
    begins = np.concatenate([[0], np.cumsum(inner + 2)])
    out = np.empty((begins[-1], *node_values.shape[1:]))
    out[begins[:-1]] = node_values[edges.start]
    out[begins[1:] - 1] = node_values[edges.end]
    mask = np.ones(len(out), dtype=bool)
    mask[begins[:-1]] = mask[begins[1:] - 1] = False
    out[mask] = point_values
    return out, begins


def node_key(district: int, number: int) -> str:
    """Return the key of a junction: known to a neighbour without drawing the district."""
    return f"N{district:03d}{number:04d}"


def climb_course(share: Floats, near: Floats, far: Floats) -> Floats:
    """Return how far a climbing street has moved sideways (0..1) at shares of its way up.

    It leaves and meets its rows at a right angle, within the benches that end at `near` and `far`.
    """
    return smoothstep((share - 0.5 * near) / (0.5 - 0.5 * near + 0.5 * far))
