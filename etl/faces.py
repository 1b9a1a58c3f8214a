"""Polygons of many three-dimensional geometries as flat arrays: what readers have at hand and checks look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Faces:
    """Points of one ring, rings of one polygon and polygons of one geometry lie side by side, in order."""

    points: Floats
    """(points, 3) city CRS and heights, metres; rings are not closed."""
    corner: Ints
    """(points,) Number of each point's vertex: within a geometry equal numbers are one vertex."""
    ring_size: Ints
    """(rings,) Points of each ring, three or more."""
    ring_count: Ints
    """(polygons,) Rings of each polygon, the outer one first."""
    polygon_count: Ints
    """(geometries,) Polygons of each geometry, one or more."""
    shell: Ints
    """(polygons,) Shell within its solid, 0 outer."""
    solid: Ints
    """(polygons,) Solid within its geometry."""
    kind: Ints
    """(polygons,) Semantic kind as `building_lod.surface` numbers it: 0 unknown, 1 ground, 2 wall, 3 roof, …"""

    def take(self, kept: npt.NDArray[np.bool_]) -> Faces:
        """Return the faces of the geometries where the mask is true."""
        if kept.all():
            return self
        polygons = np.repeat(kept, self.polygon_count)
        rings = np.repeat(polygons, self.ring_count)
        points = np.repeat(rings, self.ring_size)
        return Faces(
            self.points[points],
            self.corner[points],
            self.ring_size[rings],
            self.ring_count[polygons],
            self.polygon_count[kept],
            self.shell[polygons],
            self.solid[polygons],
            self.kind[polygons],
        )
