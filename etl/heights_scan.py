"""Heights of footprints from a laser scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim.city import CityProfile
from cim.crs import Transformation
from cim.etl.heights import GROUND_PERCENTILE, Measured, Rules, percentiles
from cim.etl.readers.scan_points import opened, portions, way_of_scan
from cim.etl.records import Geometries
from cim.manifest import SourceSpec

AROUND_M = 3.0
"""Width of the ring about a footprint in which its ground is looked for, metres."""
_GROUND, _BUILDING = 2, 6
_NO_ROOF = (_GROUND, 7, 9, 18)
"""ASPRS classes that are no roof: ground, low noise, water, high noise."""
_GROUND_POINTS = 3

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Hits:
    """Points that fell on footprints or their rings."""

    owner: Ints
    """Footprint of each."""
    z: Floats
    """City height."""
    kind: Ints
    """ASPRS class."""
    inside: npt.NDArray[np.bool_]
    """Whether it is on the footprint, not in the ring."""


class ScanGauge:
    """Measures in a scan, which is read through once for each batch of footprints.

    Memory holds the points that fall on a batch and about it.
    """

    def __init__(self, path: Path, city: CityProfile, rules: Rules) -> None:
        self._path, self._city, self._rules = path, city, rules

    def measure(self, footprints: Geometries) -> Measured:
        """Measure footprints: the roof by its points, of class building where there are some; the ground about it."""
        rows, least = len(footprints), self._rules.least_points
        hits = self._hits(footprints)
        roof = hits.inside & ~np.isin(hits.kind, _NO_ROOF)
        built = roof & (hits.kind == _BUILDING)
        enough = np.bincount(hits.owner[built], minlength=rows) >= least
        # Where buildings are told from trees, only they count.
        roof &= ~enough[hits.owner] | built
        ring = ~hits.inside
        bare = ring & (hits.kind == _GROUND)
        told = np.bincount(hits.owner[bare], minlength=rows) >= _GROUND_POINTS
        ring &= ~told[hits.owner] | bare
        return Measured(
            percentiles(hits.z[roof], hits.owner[roof], rows, self._rules.percentile, least),
            percentiles(hits.z[ring], hits.owner[ring], rows, GROUND_PERCENTILE, _GROUND_POINTS),
            np.bincount(hits.owner[roof], minlength=rows),
            "scan",
            self._rules.percentile,
            self._path.name,
        )

    def _hits(self, footprints: Geometries) -> _Hits:
        """Read the scan and keep what falls on footprints."""
        shapely.prepare(footprints)
        tree = shapely.STRtree(shapely.buffer(footprints, AROUND_M))
        with opened(self._path) as file:
            spec = SourceSpec("heights", "scan", self._path, height_offset_m=self._rules.height_offset_m)
            way = way_of_scan(spec, file.header, self._city, self._path)
            found = [_on(portion, way, footprints, tree) for portion in portions(file, self._path)]
        if not found:
            none = np.empty(0, dtype=np.int64)
            return _Hits(none, none.astype(np.float64), none, none.astype(np.bool_))
        return _Hits(*(np.concatenate([getattr(item, name) for item in found]) for name in _Hits.__annotations__))


def _on(portion: Any, way: Transformation, footprints: Geometries, tree: shapely.STRtree) -> _Hits:
    """Return the points of a portion that fall on footprints or their rings."""
    places = way.points(np.column_stack([portion.x, portion.y, portion.z]))
    west, south, east, north = shapely.total_bounds(tree.geometries)
    near = (places[:, 0] >= west) & (places[:, 0] <= east) & (places[:, 1] >= south) & (places[:, 1] <= north)
    places, kind = places[near], np.asarray(portion.classification)[near]
    point, owner = tree.query(shapely.points(places[:, :2]), predicate="intersects")
    x, y, z = places[point].T
    inside = shapely.intersects_xy(footprints[owner], x, y)
    return _Hits(owner, z, kind[point].astype(np.int64), inside)
