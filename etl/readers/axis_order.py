"""Which of two coordinates is the easting: declared, checked against where the CRS is used, never swapped unsaid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj

from cim.errors import BadCrs, BadSource
from cim.source_crs import horizontal, known_crs

Floats = npt.NDArray[np.float64]

EAST_NORTH, NORTH_EAST = "east_north", "north_east"
_ORDERS = {
    EAST_NORTH: EAST_NORTH,
    NORTH_EAST: NORTH_EAST,
    "easting_northing": EAST_NORTH,
    "northing_easting": NORTH_EAST,
}
_SAMPLE = 1000
_MARGIN_DEG = 1.0
_ZONE_DEG = 4.5
"""Half width of what a transverse Mercator grid is used for: 3 degrees and a half-zone more."""


def authority_order(crs: str) -> str:
    """Return the usual order of a file's coordinates: as the authority says for degrees, east first for metres.

    Files in projected coordinates hold the easting first nearly everywhere, whatever the authority says.
    """
    flat = horizontal(known_crs(crs))
    north_first = flat.axis_info[0].direction == "north"
    return NORTH_EAST if flat.is_geographic and north_first else EAST_NORTH


def declared_order(order: Any, path: Path) -> str | None:
    """Return what option `axis_order` of a source says; None: nothing.

    Raises
    ------
    BadSource
        It says something else.
    """
    if order is not None and order not in _ORDERS:
        remedy = f'give "{EAST_NORTH}" or "{NORTH_EAST}"'
        raise BadSource(path, f"options.axis_order = {order!r}", remedy)
    return None if order is None else _ORDERS[order]


def other_order(order: str) -> str:
    """Return the other of the two orders."""
    return NORTH_EAST if order == EAST_NORTH else EAST_NORTH


def east_first(
    first: Floats, second: Floats, *, crs: str, order: Any, usual: str, path: Path
) -> tuple[Floats, Floats, str]:
    """Return eastings and northings of two coordinates, and the order in which the file holds them.

    Parameters
    ----------
    first, second
        Coordinates in the order of the file.
    crs
        CRS of the source.
    order
        Option `axis_order` of the source: east_north (easting_northing), north_east (northing_easting), or None.
    usual
        Order where the option is not given.
    path
        File, for messages.

    Raises
    ------
    BadSource
        The option is neither; or read this way the points lie outside the area where the CRS is used.
    """
    chosen = declared_order(order, path) or usual
    east, north = (first, second) if chosen == EAST_NORTH else (second, first)
    _check(east, north, crs, chosen, path)
    return east, north, chosen


def _check(east: Floats, north: Floats, crs: str, chosen: str, path: Path) -> None:
    """Refuse coordinates that lie where nobody uses the CRS."""
    finite = np.isfinite(east) & np.isfinite(north)
    every = east[finite], north[finite]
    step = max(1, int(finite.sum()) // _SAMPLE)
    east, north = every[0][::step], every[1][::step]
    given = known_crs(crs)
    # Earth-centred coordinates have no order to settle.
    if not len(east) or given.is_geocentric or _plausible(given, east, north):
        return
    if _plausible(given, north, east):
        what = f"read as {chosen}, the points reach {_told(given, *every)}, outside the area where {crs} is used; "
        what += f"they reach {_told(given, *every[::-1])} the other way round, inside"
        raise BadSource(path, what, f'set axis_order = "{other_order(chosen)}" in the options of the source')
    raise BadCrs(
        path, crs, f"is not used where the points would lie (about {np.median(east):.7g}, {np.median(north):.7g})"
    )


def _told(crs: pyproj.CRS, east: Floats, north: Floats) -> str:
    """Return an extent in degrees: with the coordinates beside them, a secret grid could be worked out."""
    flat = horizontal(crs)
    longitude, latitude = _degrees(flat, east, north) if flat.geodetic_crs is not None else (east, north)
    there = np.isfinite(longitude) & np.isfinite(latitude)
    if not there.any():
        return "no place on Earth"
    places = longitude[there], latitude[there]
    box = [*(part.min() for part in places), *(part.max() for part in places)]
    return f"[{', '.join(f'{value:.4f}' for value in box)}] degrees"


def _degrees(flat: pyproj.CRS, east: Floats, north: Floats) -> tuple[Floats, Floats]:
    """Return longitudes and latitudes of a CRS's own datum: no shift, so nothing that could fail or need a grid."""
    base = pyproj.CRS(flat.geodetic_crs).to_2d()
    found = pyproj.Transformer.from_crs(flat, base, always_xy=True).transform(east, north)
    return np.asarray(found[0]), np.asarray(found[1])


def _plausible(crs: pyproj.CRS, east: Floats, north: Floats) -> bool:
    """Return whether most points lie where a CRS is used."""
    flat = horizontal(crs)
    if flat.geodetic_crs is None:
        return True
    longitude, latitude = _degrees(flat, east, north)
    inside = np.isfinite(longitude) & np.isfinite(latitude) & (np.abs(latitude) <= 90)
    # Infinity, which PROJ answers where it fails, has no remainder.
    longitude = np.where(inside, longitude, 0.0)
    area = crs.area_of_use or flat.area_of_use
    if area is not None:
        inside &= (latitude >= area.south - _MARGIN_DEG) & (latitude <= area.north + _MARGIN_DEG)
        width = (area.east - area.west) % 360 or 360
        inside &= (longitude - area.west + _MARGIN_DEG) % 360 <= width + 2 * _MARGIN_DEG
    else:
        inside &= _near_meridian(flat, longitude)
    return bool(inside.mean() > 0.5)


def _near_meridian(crs: pyproj.CRS, longitude: Floats) -> npt.NDArray[np.bool_]:
    """Return which points lie in the zone of a transverse Mercator grid; all of them for other projections."""
    operation = crs.coordinate_operation
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return np.ones(len(longitude), dtype=bool)
    named = {item.name: item.value for item in operation.params}
    meridian = float(named.get("Longitude of natural origin", 0.0))
    return np.abs((longitude - meridian + 180) % 360 - 180) <= _ZONE_DEG
