"""A tile's place on the Earth: its region, its east-north-up frame, and the way of vertices into it.

A tile holds local vertices and a float64 transform to Earth-centred coordinates (ECEF). Vertices go through the
exact projection, or, where that is proved to agree within `TOLERANCE_M`, through a polynomial fitted to it over
the tile: PROJ needs 0.6 us a point for the Dutch grid, the polynomial a tenth of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pyproj import Transformer

from cim.city import CityProfile
from cim.crs import earth_centred, longitude_latitude
from cim.layers.tiles3d.mesh import Floats, extent, times

TOLERANCE_M = 1e-4
"""How far the fitted projection may be from the exact one, metres: a tenth of what a tile promises."""

# Below this number of vertices the exact projection is as fast as fitting.
_FEW = 1000
# Two spheres' radii of 6,371 km: sag of a straight edge below the curved surface is length^2 / (8 R).
_EIGHT_RADII_M = 8 * 6_371_000.0
_SMALL_ANGLE = 1e-9  # radians: 6 mm on the ground


@dataclass(frozen=True)
class Region:
    """Part of the Earth that a tile fills, as 3D Tiles has it."""

    west: float
    """Radians, as the next three."""
    south: float
    """Radians."""
    east: float
    """Radians."""
    north: float
    """Radians."""
    lowest: float
    """Ellipsoidal height, metres."""
    highest: float
    """Ellipsoidal height, metres."""

    def as_list(self) -> list[float]:
        """Return the six numbers in the order of 3D Tiles."""
        return [self.west, self.south, self.east, self.north, self.lowest, self.highest]

    def union(self, other: Region) -> Region:
        """Return the smallest region around two."""
        return Region(
            min(self.west, other.west),
            min(self.south, other.south),
            max(self.east, other.east),
            max(self.north, other.north),
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
        )


def region_of(city: CityProfile, low: Floats, high: Floats, *, margin_m: float) -> Region:
    """Region around a box of city coordinates.

    Parameters
    ----------
    city : CityProfile
        City whose coordinates they are.
    low, high : Floats
        (3,) corners of the box, metres, city heights.
    margin_m : float
        Added all around, for quantised vertices.
    """
    along = np.linspace(0.0, 1.0, 9)
    side_x, side_y = low[0] + along * (high[0] - low[0]), low[1] + along * (high[1] - low[1])
    x = np.concatenate([side_x, side_x, np.full(9, low[0]), np.full(9, high[0])])
    y = np.concatenate([np.full(9, low[1]), np.full(9, high[1]), side_y, side_y])
    lon, lat = (np.radians(values) for values in longitude_latitude(city, x, y))
    # A straight edge of the box is an arc in degrees: between samples it bulges by no more than this.
    bulge = ((high - low)[:2].max() / 8) ** 2 / _EIGHT_RADII_M
    angle = (margin_m + bulge) / 6_350_000.0 + _SMALL_ANGLE
    wide = angle / np.cos(np.abs(lat).max())
    sag = float(np.sum((high - low)[:2] ** 2) / _EIGHT_RADII_M)
    offset = city.ellipsoid_offset_m
    return Region(
        float(lon.min() - wide),
        float(lat.min() - angle),
        float(lon.max() + wide),
        float(lat.max() + angle),
        float(low[2] + offset - margin_m - sag),
        float(high[2] + offset + margin_m),
    )


@dataclass(frozen=True)
class LocalFrame:
    """East-north-up axes at one point of the Earth."""

    origin: Floats
    """(3,) ECEF metres."""
    axes: Floats
    """(3, 3) rows are the unit vectors east, north and up in ECEF."""

    def within(self, outer: LocalFrame) -> Floats:
        """Return the (4, 4) matrix from this frame's coordinates to another's."""
        matrix = np.eye(4)
        matrix[:3, :3] = outer.axes @ self.axes.T
        matrix[:3, 3] = outer.axes @ (self.origin - outer.origin)
        return matrix

    def local(self, points: Floats) -> Floats:
        """Local coordinates (N, 3) of ECEF points (N, 3)."""
        return times(points - self.origin, self.axes.T)


EARTH = LocalFrame(np.zeros(3), np.eye(3))
"""Earth-centred coordinates themselves."""


def frame_of(region: Region) -> LocalFrame:
    """Frame at the middle of a region: from the stored region alone the transform of a tile can be told."""
    lon, lat = (region.west + region.east) / 2, (region.south + region.north) / 2
    height = (region.lowest + region.highest) / 2
    east = [-np.sin(lon), np.cos(lon), 0.0]
    north = [-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)]
    up = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    geocentric = Transformer.from_pipeline("+proj=cart +ellps=WGS84")
    return LocalFrame(np.array(geocentric.transform(lon, lat, height, radians=True)), np.array([east, north, up]))


def localised(city: CityProfile, frame: LocalFrame, points: Floats) -> Floats:
    """Local coordinates (N, 3) of city coordinates (N, 3), within `TOLERANCE_M` of the exact projection."""
    if len(points) > _FEW:
        low, high = extent(points)
        centre, half = (low + high) / 2, np.maximum((high - low) / 2, 1.0)
        fitted = _fit(city, frame, centre, half)
        if fitted is not None:
            return _evaluated(fitted, (points - centre) / half)
    return frame.local(earth_centred(city, points))


def turned(city: CityProfile, frame: LocalFrame, points: Floats, normals: Floats) -> Floats:
    """Local directions (N, 3) of directions given in city coordinates (grid north is not true north).

    One rotation serves a whole tile: over a kilometre, grid convergence and the plumb line turn by 0.01 degrees.
    """
    if not len(points):
        return normals
    middle = np.mean(extent(points), axis=0)
    ends = frame.local(earth_centred(city, np.vstack([middle, middle + np.eye(3)])))
    linear = ends[1:] - ends[0]
    left, _, right = np.linalg.svd(linear)
    return times(normals, left @ right)


def _fit(city: CityProfile, frame: LocalFrame, centre: Floats, half: Floats) -> Floats | None:
    """Coefficients (terms, 3) of the polynomial, or None where it is not true enough between its knots."""
    knots, checks = _lattice(7, 3), _lattice(6, 2) * 0.97
    exact = frame.local(earth_centred(city, centre + knots * half))
    coefficients = np.linalg.lstsq(_terms(knots), exact, rcond=None)[0].astype(np.float64)
    off = _terms(checks) @ coefficients - frame.local(earth_centred(city, centre + checks * half))
    return coefficients if np.abs(off).max() < TOLERANCE_M else None


def _lattice(across: int, up: int) -> Floats:
    side, height = np.linspace(-1, 1, across), np.linspace(-1, 1, up)
    return np.stack(np.meshgrid(side, side, height), axis=-1).reshape(-1, 3)


def _terms(unit: Floats) -> Floats:
    """Cubic in plan, linear in height: (N, 13) of points (N, 3) in [-1, 1]."""
    return np.stack(list(_monomials(*(np.ascontiguousarray(column) for column in unit.T))), axis=1)


def _monomials(x: Floats, y: Floats, z: Floats) -> Iterator[Floats]:
    xx, yy = x * x, y * y
    yield from (np.ones_like(x), x, y, z, xx, x * y, yy, x * z, y * z, xx * x, xx * y, x * yy, yy * y)


def _evaluated(coefficients: Floats, unit: Floats) -> Floats:
    """Return the polynomial (N, 3) at points (N, 3) in [-1, 1]."""
    columns = [np.zeros(len(unit)) for _ in range(3)]
    # Term by term: a product with so narrow a matrix is not worth waking the threads of the linear algebra library.
    for term, factors in zip(_monomials(*(np.ascontiguousarray(c) for c in unit.T)), coefficients, strict=True):
        for column, factor in zip(columns, factors.tolist(), strict=True):
            column += factor * term
    return np.stack(columns, axis=1)
