"""Coordinates into a city's CRS: horizontally through PROJ, heights only by a declared offset.

PROJ falls back to "ballpark" transformations, metres wrong, when it lacks a grid; we refuse those. It also
leaves heights unchanged, in silence, when it lacks a geoid grid, so heights never go through it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.aoi import AreaOfInterest
from pyproj.transformer import TransformerGroup

from cim.city import CityProfile
from cim.errors import BadCrs

_COINCIDENT = {4326, 4490}
"""WGS 84 and CGCS2000: EPSG lists no transformation, and both follow the ITRF within a metre."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Transformation:
    """A way from a source's CRS into the city's, and how good it is."""

    crs: str
    """CRS of the source, as given."""
    pipeline: str | None
    """PROJ pipeline, or None where source and city have the same horizontal CRS."""
    accuracy_m: float | None
    """Accuracy that PROJ states, metres; None where it is not known."""
    height_factor: float
    """Metres in a unit of the source's heights."""
    height_offset_m: float
    """Added to heights after that, metres."""
    _transformer: pyproj.Transformer | None

    def plane(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return eastings and northings in the city's CRS, metres.

        Parameters
        ----------
        x, y
            Coordinates in the source's CRS, in the order easting, northing (or longitude, latitude),
            whatever order the CRS itself defines.
        """
        if self._transformer is None:
            return x, y
        east, north = self._transformer.transform(x, y)
        return np.asarray(east), np.asarray(north)

    def source_plane(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return coordinates in the source's CRS of eastings and northings in the city's: `plane` the other way."""
        if self._transformer is None:
            return x, y
        east, north = self._transformer.transform(x, y, direction="INVERSE")
        return np.asarray(east), np.asarray(north)

    def heights(self, z: Floats) -> Floats:
        """Return heights in the city's vertical datum, metres."""
        if self.height_factor == 1.0 and self.height_offset_m == 0.0:
            return z
        return z * self.height_factor + self.height_offset_m

    def points(self, coordinates: Floats) -> Floats:
        """Return (n, 2) or (n, 3) coordinates in the city's CRS and datum."""
        out = np.empty_like(coordinates, dtype=np.float64)
        out[:, 0], out[:, 1] = self.plane(coordinates[:, 0], coordinates[:, 1])
        if coordinates.shape[1] == 3:
            out[:, 2] = self.heights(coordinates[:, 2])
        return out


def transformation(
    crs: str | pyproj.CRS, city: CityProfile, path: Path, *, height_offset_m: float = 0.0
) -> Transformation:
    """Find the way from a source's CRS into the city's.

    Parameters
    ----------
    crs
        CRS of the source; of a compound or 3D CRS the horizontal part is used, and its vertical unit.
    city
        The city.
    path
        File that is being read, for messages.
    height_offset_m
        Offset that brings the source's heights, in metres, to the city's datum.

    Raises
    ------
    BadCrs
        PROJ does not know the CRS, or knows only a ballpark transformation.
    """
    given = crs if isinstance(crs, str) else crs.to_string()
    try:
        # The city's own PROJ string may name no datum; the city says which one it stands on.
        source = city.projection if given == city.crs else pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise BadCrs(path, given, "is not known to PROJ") from error
    flat = horizontal(source)
    factor = _height_factor(source)
    if flat.equals(city.projection, ignore_axis_order=True):
        return Transformation(given, None, 0.0, factor, height_offset_m, None)
    coincide = {_geodetic_code(flat), _geodetic_code(city.projection)} == _COINCIDENT
    group = TransformerGroup(
        flat,
        city.projection,
        always_xy=True,
        allow_ballpark=coincide,
        area_of_interest=_area(city.projection),  # type: ignore[arg-type]  # pyproj's stub has a class of its own
    )
    if not group.transformers:
        raise BadCrs(path, given, f"has no transformation better than a ballpark one into {city.crs!r}")
    best = group.transformers[0]
    accuracy = 1.0 if coincide else best.accuracy if best.accuracy is not None and best.accuracy >= 0 else None
    return Transformation(given, best.definition, accuracy, factor, height_offset_m, best)


def horizontal(crs: pyproj.CRS) -> pyproj.CRS:
    """Return the horizontal part of a compound or three-dimensional CRS."""
    if crs.is_compound:
        return crs.sub_crs_list[0]
    return crs.to_2d() if len(crs.axis_info) == 3 else crs


def _area(projection: pyproj.CRS) -> AreaOfInterest | None:
    """Return where the city's CRS is meant for: of a datum's many transformations PROJ takes the one made for there."""
    use = projection.area_of_use
    return AreaOfInterest(use.west, use.south, use.east, use.north) if use else None


def _geodetic_code(crs: pyproj.CRS) -> int | None:
    """Return the EPSG code of the geodetic CRS that a CRS stands on."""
    return crs.geodetic_crs.to_epsg() if crs.geodetic_crs else None


def _height_factor(crs: pyproj.CRS) -> float:
    """Return metres in a unit of the vertical axis; 1 where the CRS has none."""
    axes = crs.axis_info
    return float(axes[2].unit_conversion_factor) if len(axes) == 3 else 1.0


@cache
def _to_wgs84(projection: pyproj.CRS) -> pyproj.Transformer:
    """Return the horizontal transformer to WGS 84; finding it takes PROJ a tenth of a second."""
    return pyproj.Transformer.from_crs(projection, "EPSG:4326", always_xy=True)


@cache
def _to_geocentric() -> pyproj.Transformer:
    """Return the transformer from longitude, latitude (degrees) and ellipsoidal height to EPSG:4978."""
    return pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


def longitude_latitude(city: CityProfile, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return WGS 84 longitudes and latitudes, degrees, of eastings and northings in the city's CRS."""
    longitude, latitude = _to_wgs84(city.projection).transform(x, y)
    return np.asarray(longitude), np.asarray(latitude)


def eastings_northings(city: CityProfile, longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Return eastings and northings in the city's CRS of WGS 84 degrees: `longitude_latitude` the other way."""
    east, north = _to_wgs84(city.projection).transform(longitude, latitude, direction="INVERSE")
    return np.asarray(east), np.asarray(north)


def earth_centred(city: CityProfile, points: Floats) -> Floats:
    """Return earth-centred coordinates (EPSG:4978), metres.

    Parameters
    ----------
    city
        The city, whose `ellipsoid_offset_m` is added to the heights.
    points
        (n, 3) eastings, northings and city heights, metres. Horizontally they go through PROJ; the heights do not,
        or the datum shift of, say, RD New to WGS 84 would move them by 43 m a second time.
    """
    longitude, latitude = longitude_latitude(city, points[:, 0], points[:, 1])
    heights = points[:, 2] + city.ellipsoid_offset_m
    return np.column_stack(_to_geocentric().transform(longitude, latitude, heights))
