"""Coordinates into a city's CRS: horizontally through PROJ, heights only by a declared offset.

PROJ falls back to "ballpark" transformations, metres wrong, when it lacks a grid; we refuse those. It also
leaves heights unchanged, in silence, when it lacks a geoid grid, so heights never go through it here.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.aoi import AreaOfInterest
from pyproj.transformer import TransformerGroup

from cim.city import CityProfile
from cim.errors import BadCrs, BadSource
from cim.local_grid import SecretCrs
from cim.shifted_coordinates import Shift, shift_named
from cim.source_crs import check_heights, from_earth_centred, height_factor, horizontal, known_crs

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
    # Without a repr: what PROJ says of itself may be what a secret grid hides.
    _transformer: pyproj.Transformer | None = field(repr=False)
    _shift: Shift | None = None
    _geodetic: pyproj.Transformer | None = field(default=None, repr=False)
    _northing_first: bool = False
    _path: Path = Path()
    _degrees: bool = False

    def northing_first(self) -> Transformation:
        """Return the same way for coordinates that the manifest declares to be in the order northing, easting."""
        told = f"northing first, as declared; {self.pipeline or 'no transformation'}"
        return replace(self, pipeline=told, _northing_first=True)

    def plane(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return eastings and northings in the city's CRS, metres.

        Parameters
        ----------
        x, y
            Coordinates in the source's CRS, in the order easting, northing (or longitude, latitude),
            whatever order the CRS itself defines.

        Raises
        ------
        BadCrs
            The CRS is an earth-centred one, in which two coordinates are no place.
        BadSource
            Longitudes stand where latitudes should.
        """
        if self._geodetic is not None:
            raise BadCrs(self._path, self.crs, "is earth-centred: it takes three coordinates to say a place")
        if self._northing_first:
            x, y = y, x
        if self._degrees:
            self._check_degrees(np.asarray(x), np.asarray(y))
        return self._into_city(x, y)

    def _check_degrees(self, x: Floats, y: Floats) -> None:
        """Refuse degrees that are none unless they are swapped, which nobody but the manifest may do."""
        there = np.isfinite(x) & np.isfinite(y)
        x, y = x[there], y[there]
        if (np.abs(y) > 90).sum() * 2 <= x.size or (np.abs(x) > 90).any():
            return
        found = f"longitudes are {x.min():g} to {x.max():g} and latitudes {y.min():g} to {y.max():g} degrees"
        order = "east_north" if self._northing_first else "north_east"
        remedy = (
            f'if they stand the other way round, confirm it with axis_order = "{order}" in the options of the source'
        )
        raise BadSource(self._path, found, remedy)

    def _into_city(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return eastings and northings of two coordinates; of an earth-centred CRS, of the degrees of its datum."""
        if self._shift is not None:
            x, y = self._shift.undone(x, y)
        if self._transformer is None:
            return x, y
        east, north = self._transformer.transform(x, y)
        return np.asarray(east), np.asarray(north)

    def source_plane(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return coordinates in the source's CRS of eastings and northings in the city's: `plane` the other way."""
        if self._transformer is not None:
            x, y = (np.asarray(part) for part in self._transformer.transform(x, y, direction="INVERSE"))
        if self._shift is not None:
            x, y = self._shift.forward(x, y)
        return (y, x) if self._northing_first else (x, y)

    def heights(self, z: Floats) -> Floats:
        """Return heights in the city's vertical datum, metres."""
        if self.height_factor == 1.0 and self.height_offset_m == 0.0:
            return z
        return z * self.height_factor + self.height_offset_m

    def points(self, coordinates: Floats) -> Floats:
        """Return (n, 2) or (n, 3) coordinates in the city's CRS and datum."""
        out = np.empty_like(coordinates, dtype=np.float64)
        if self._geodetic is not None and coordinates.shape[1] == 3:
            longitude, latitude, height = self._geodetic.transform(
                coordinates[:, 0], coordinates[:, 1], coordinates[:, 2]
            )
            out[:, 0], out[:, 1] = self._into_city(np.asarray(longitude), np.asarray(latitude))
            out[:, 2] = self.heights(np.asarray(height))
            return out
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
        "GCJ-02" and "BD-09" are the shifted degrees of Chinese web maps.
    city
        The city. Of a datum's many operations PROJ takes the one made for its extent, where it declares one.
    path
        File that is being read, for messages.
    height_offset_m
        Offset that brings the source's heights, in metres, to the city's datum.

    Raises
    ------
    BadCrs
        PROJ does not know the CRS, or knows only a ballpark transformation; or its heights are of another datum, and
        no offset was given.
    """
    given = crs if isinstance(crs, str) else crs.to_string()
    try:
        # The city's own PROJ string may name no datum; the city says which one it stands on.
        source = city.projection if given == city.crs else known_crs(crs)
    except pyproj.exceptions.CRSError as error:
        raise BadCrs(path, given, "is not known to PROJ") from error
    check_heights(source, given, city, path, height_offset_m)
    shift = shift_named(given)
    geodetic, flat = from_earth_centred(source) if source.is_geocentric else (None, horizontal(source))
    factor = height_factor(source)
    if flat.equals(city.projection, ignore_axis_order=True):
        return Transformation(given, None, 0.0, factor, height_offset_m, None)
    best, accuracy = _best(flat, given, city, path)
    told = best.definition
    if isinstance(given, SecretCrs):
        told = "through a local grid whose parameters are kept apart"
    if shift is not None:
        told = f"{shift.name} undone by the formulas in use, approximate ({shift.accuracy_m:g} m), then {told}"
        accuracy = shift.accuracy_m
    way = Transformation(given, told, accuracy, factor, height_offset_m, best, shift, geodetic)
    return replace(way, _path=path, _degrees=flat.is_geographic)


def _best(flat: pyproj.CRS, given: str, city: CityProfile, path: Path) -> tuple[pyproj.Transformer, float | None]:
    """Return PROJ's best transformer between two horizontal CRSs and its accuracy, metres."""
    try:
        best, accuracy = _found(flat, city.projection, _area(city))
    except (IndexError, pyproj.exceptions.ProjError) as error:
        # A definition that PROJ reads, but finds no way from.
        raise BadCrs(path, given, f"is not one that leads into {_short(city.crs)}") from error
    if best is None:
        raise BadCrs(path, given, f"has no transformation better than a ballpark one into {_short(city.crs)}")
    return best, accuracy


@lru_cache(maxsize=64)
def _found(
    flat: pyproj.CRS, projection: pyproj.CRS, area: AreaOfInterest | None
) -> tuple[pyproj.Transformer | None, float | None]:
    """Return PROJ's best transformer and its accuracy; looking through some datums' many takes it a tenth of a second.

    Kept, since a city's files, and the parts of one that workers read, are of a few CRSs.
    """
    coincide = {_geodetic_code(flat), _geodetic_code(projection)} == _COINCIDENT
    with warnings.catch_warnings():
        # That a better grid exists elsewhere: what is used instead stands in the load's row, with its accuracy.
        warnings.filterwarnings("ignore", message="Best transformation is not available")
        group = TransformerGroup(
            flat,
            projection,
            always_xy=True,
            allow_ballpark=coincide,
            area_of_interest=area,  # type: ignore[arg-type]  # pyproj's stub has a class of its own
        )
    if not group.transformers:
        return None, None
    best = group.transformers[0]
    return best, 1.0 if coincide else best.accuracy if best.accuracy is not None and best.accuracy >= 0 else None


def _short(crs: str) -> str:
    """Return a CRS as a message can hold it: of WKT its name."""
    return repr(crs if len(crs) < 120 else pyproj.CRS.from_user_input(crs).name)


def _area(city: CityProfile) -> AreaOfInterest | None:
    """Return where the city is: of a datum's many transformations PROJ takes the one made for there."""
    if city.extent is not None:
        return AreaOfInterest(*city.extent)
    use = city.projection.area_of_use
    return AreaOfInterest(use.west, use.south, use.east, use.north) if use else None


def _geodetic_code(crs: pyproj.CRS) -> int | None:
    """Return the EPSG code of the geodetic CRS that a CRS stands on."""
    return crs.geodetic_crs.to_epsg() if crs.geodetic_crs else None


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
