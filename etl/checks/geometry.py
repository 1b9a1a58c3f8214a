"""Checks of places: there, finite, of the right kind, and simple enough to stand for an area or a line."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from cim.city import CityProfile
from cim.etl.checks.faults import Faults
from cim.tables import Column

Geometries = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]

_POINT, _LINE, _POLYGON, _MULTIPOLYGON = 0, 1, 3, 6
_KINDS = {"POINT": {_POINT}, "LINESTRING": {_LINE}, "POLYGON": {_POLYGON}, "MULTIPOLYGON": {_POLYGON, _MULTIPOLYGON}}
_NAMES = (
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)
_FARTHEST_M = 1e8
"""Beyond this no projected coordinate lies: what PROJ could not bring into the city's CRS comes out as infinite."""


def check_geometry(
    geometry: Geometries, column: Column, city: CityProfile, faults: Faults, *, shapes: bool = True
) -> None:
    """Refuse what cannot stand in a geometry column.

    Parameters
    ----------
    geometry
        Shapely geometries in the city's CRS, None where missing.
    column
        The table's column; its shape says kind and dimension.
    city
        The city, for messages.
    faults
        Where refused rows are noted.
    shapes
        Whether to look at validity and length, too.
    """
    there = ~shapely.is_missing(geometry)
    if not column.nullable:
        faults.add(~there, "geometry.missing", "has no geometry", "give the record a geometry")
    faults.add(there & shapely.is_empty(geometry), "geometry.empty", "geometry is empty", "draw it or drop the record")
    _check_coordinates(geometry, city, faults)
    _check_kind(geometry, there, column.flat_shape, faults)
    if column.dimension == 3:
        flat = there & ~shapely.has_z(geometry)
        faults.add(flat, "geometry.no_height", "has no height", "give Z coordinates, or option height_m or z")
    if shapes:
        _check_shape(geometry, there & ~faults.refused, faults)


def _check_coordinates(geometry: Geometries, city: CityProfile, faults: Faults) -> None:
    """Refuse coordinates that are not finite, or farther than any projected CRS reaches."""
    points, rows = shapely.get_coordinates(geometry, include_z=bool(shapely.has_z(geometry).any()), return_index=True)
    flat = np.zeros(len(geometry), dtype=bool)
    if points.shape[1] == 3:
        # Where some records have heights and others not, those without come out as NaN.
        flat = ~shapely.has_z(geometry)
    finite = np.isfinite(points)
    finite[:, 2:] |= flat[rows][:, None]
    bad = np.unique(rows[~finite.all(axis=1)])
    faults.add_rows(
        bad.tolist(),
        "geometry.not_finite",
        ["has coordinates that are NaN or infinite"] * len(bad),
        "correct the coordinates; see that the source's CRS is the right one",
    )
    far = np.unique(rows[(np.abs(points[:, :2]) > _FARTHEST_M).any(axis=1)])
    faults.add_rows(
        far.tolist(),
        "geometry.out_of_range",
        [f"lies where {city.crs!r} does not reach"] * len(far),
        "see that the source's CRS and the order of its axes are right",
    )


def _check_kind(geometry: Geometries, there: Mask, name: str, faults: Faults) -> None:
    """Refuse geometries of another kind than the column's."""
    if name == "GEOMETRY":
        return
    kinds = shapely.get_type_id(geometry)
    faults.add(
        there & ~np.isin(kinds, list(_KINDS[name])),
        "geometry.wrong_type",
        lambda row: f"is a {_NAMES[kinds[row]]} where a {_NAMES[max(_KINDS[name])]} is wanted",
        "convert it, or load it into another theme",
    )


def _check_shape(geometry: Geometries, there: Mask, faults: Faults) -> None:
    """Refuse areas that are not valid and lines without length; heights do not count for areas."""
    kinds = shapely.get_type_id(geometry)
    areas = np.flatnonzero(there & np.isin(kinds, [_POLYGON, _MULTIPOLYGON]))
    bad = areas[~shapely.is_valid(geometry[areas])] if len(areas) else areas
    for row, said in zip(bad.tolist(), np.atleast_1d(shapely.is_valid_reason(geometry[bad])), strict=True):
        what, _, place = str(said).partition("[")
        code = "geometry.self_intersection" if "intersection" in what.lower() else "geometry.invalid"
        where = f" at ({place.rstrip(']')})" if place else ""
        faults.add_rows(
            [row], code, [f"{what.strip().lower()}{where}"], "correct the outline, e.g. with QGIS's Fix geometries"
        )
    lines = there & (kinds == _LINE)
    faults.add(
        lines & _without_length(geometry, lines), "geometry.zero_length", "line has no length", "correct its end points"
    )


def _without_length(geometry: Geometries, lines: Mask) -> Mask:
    """Tell which lines begin and end in one place and go nowhere, heights counted."""
    out: Mask = lines & (shapely.length(geometry) == 0)
    for row in np.flatnonzero(out & shapely.has_z(geometry)).tolist():
        out[row] = np.ptp(shapely.get_coordinates(geometry[row], include_z=True)[:, 2]) == 0
    return out
