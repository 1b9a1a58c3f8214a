"""What a source's CRS is: what its name means, its horizontal part, its heights."""

from __future__ import annotations

from pathlib import Path

import pyproj

from cim.city import CityProfile
from cim.errors import BadCrs
from cim.local_grid import SecretCrs
from cim.shifted_coordinates import shift_named
from cim.vertical_datum import datum_named, same_datum


def known_crs(crs: str | pyproj.CRS) -> pyproj.CRS:
    """Return the CRS that a source names: PROJ's, what a secret label stands for, or WGS 84 of a shifted one.

    Raises
    ------
    pyproj.exceptions.CRSError
        PROJ does not know it.
    """
    if isinstance(crs, SecretCrs):
        return crs.projection
    return pyproj.CRS.from_user_input("EPSG:4326" if shift_named(crs) else crs)


def remark_on(crs: str) -> tuple[str, str] | None:
    """Return code and text of what is to be told of every load from a CRS; None: nothing."""
    shift = shift_named(crs)
    if shift is not None:
        said = f"{shift.name} is not public: places are approximate, they may be {shift.accuracy_m:g} m off"
        return "crs.approximate", said
    try:
        known = known_crs(crs)
    except pyproj.exceptions.CRSError:
        return None
    if known.is_geographic and len(known.axis_info) == 3 and not known.is_compound:
        return (
            "crs.ellipsoidal_heights",
            f"{crs} means heights above the ellipsoid: they got height_offset_m and no more",
        )
    return None


def horizontal(crs: pyproj.CRS) -> pyproj.CRS:
    """Return the horizontal part of a compound or three-dimensional CRS."""
    if crs.is_compound:
        return crs.sub_crs_list[0]
    return crs.to_2d() if len(crs.axis_info) == 3 else crs


def check_heights(source: pyproj.CRS, given: str, city: CityProfile, path: Path, offset_m: float) -> None:
    """Refuse heights that the CRS itself says are not of the city's datum, where nobody has said how far off."""
    if offset_m:
        return
    if source.is_geocentric and city.ellipsoid_offset_m:
        why = f"has heights above the ellipsoid: give height_offset_m = {-city.ellipsoid_offset_m:g}"
        raise BadCrs(path, given, why)
    parts = source.sub_crs_list if source.is_compound else []
    datum = parts[-1].name if parts and parts[-1].is_vertical else None
    if datum is None or datum_named(datum) is None or datum_named(city.vertical_datum) is None:
        return
    if not same_datum(datum, city.vertical_datum):
        why = f"has heights of {datum} and the city {city.vertical_datum}: give vertical_datum or height_offset_m"
        raise BadCrs(path, given, why)


def height_factor(crs: pyproj.CRS) -> float:
    """Return metres in a unit of the vertical axis; 1 where the CRS has none."""
    axes = crs.axis_info
    return float(axes[2].unit_conversion_factor) if len(axes) == 3 else 1.0


def from_earth_centred(source: pyproj.CRS) -> tuple[pyproj.Transformer, pyproj.CRS]:
    """Return the way from an earth-centred CRS to degrees and heights of its own datum, and the CRS of the degrees."""
    document = source.to_json_dict()
    datum = {part: document[part] for part in ("datum", "datum_ensemble") if part in document}
    whole = pyproj.CRS.from_json_dict(
        {"type": "GeographicCRS", "name": source.name, **datum, "coordinate_system": _ELLIPSOIDAL}
    )
    return pyproj.Transformer.from_crs(source, whole, always_xy=True), whole.to_2d()


_ELLIPSOIDAL = {
    "subtype": "ellipsoidal",
    "axis": [
        {"name": "Geodetic latitude", "abbreviation": "Lat", "direction": "north", "unit": "degree"},
        {"name": "Geodetic longitude", "abbreviation": "Lon", "direction": "east", "unit": "degree"},
        {"name": "Ellipsoidal height", "abbreviation": "h", "direction": "up", "unit": "metre"},
    ],
}
