"""Local city grids: four parameters to a known projected CRS, told in the manifest or kept in a private file.

With an easting E and a northing N of the local grid, metres, the known CRS has

    east  = dx + scale · (E · cos r − N · sin r)
    north = dy + scale · (E · sin r + N · cos r)

where r, the rotation, turns counter-clockwise. PROJ calls such a grid a derived projected CRS, so that everything
that understands WKT 2 (PostGIS, QGIS) can do without us.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyproj
from pyproj.crs import ProjectedCRS

_SCHEMA = "https://proj.org/schemas/v0.7/projjson.schema.json"
_AXES = [
    {"name": "Easting", "abbreviation": "E", "direction": "east", "unit": "metre"},
    {"name": "Northing", "abbreviation": "N", "direction": "north", "unit": "metre"},
]
# EPSG method 9624 and its parameters: coefficients of 1, E and N for the first and the second coordinate.
_AFFINE = {"name": "Affine parametric transformation", "id": {"authority": "EPSG", "code": 9624}}
_WRITTEN_AS_WHOLE = 1e-9
_COEFFICIENTS = (("A0", 8623), ("A1", 8624), ("A2", 8625), ("B0", 8639), ("B1", 8640), ("B2", 8641))


class SecretCrs(str):
    """A CRS whose definition must not be read: as text it is its label, wherever that text goes.

    It passes for a CRS's name through readers, messages and tables; only `cim.crs` looks behind it.
    """

    projection: pyproj.CRS
    """What the label stands for; never to be shown."""
    revision: str
    """Changes when the file of the parameters does; tells nothing of what is in it."""

    def __new__(cls, label: str, projection: pyproj.CRS, revision: str) -> SecretCrs:
        """Make a label that knows its CRS."""
        made = super().__new__(cls, label)
        made.projection, made.revision = projection, revision
        return made

    def __getnewargs__(self) -> tuple[str, pyproj.CRS, str]:  # type: ignore[override]  # str's own knows one argument
        """Let it travel to other processes whole."""
        return str(self), self.projection, self.revision


@dataclass(frozen=True, repr=False)
class FourParameters:
    """A similarity from a local grid into a known projected CRS; without a repr, as it may be secret."""

    dx: float
    """Easting of the local grid's origin in the known CRS, metres."""
    dy: float
    """Northing of it, metres."""
    rotation: float
    """Degrees by which the local grid's axes are turned in the known CRS, counter-clockwise."""
    scale: float
    """Metres of the known CRS in a metre of the local grid."""

    def coefficients(self) -> tuple[float, ...]:
        """Return the coefficients of the way from the known CRS into the local grid, as EPSG's method 9624 wants."""
        angle = math.radians(self.rotation)
        along, across = _as_written(math.cos(angle) / self.scale), _as_written(math.sin(angle) / self.scale)
        east = -(along * self.dx + across * self.dy)
        north = across * self.dx - along * self.dy
        return east, along, across, north, -across, along


def _as_written(coefficient: float) -> float:
    """Return a coefficient as PROJ will write it: what is nearer than 1e-9 to a whole number as that.

    An offset of 3,000 km made with the number itself would then lie 3 mm off.
    """
    whole = float(round(coefficient))
    return whole if abs(coefficient - whole) < _WRITTEN_AS_WHOLE else coefficient


def four_parameters(table: Mapping[str, Any]) -> FourParameters:
    """Read the parameters of a table of TOML.

    Raises
    ------
    ValueError
        One is missing, unknown or no number; the message names it and never its value.
    """
    named = dict(table)
    rotation = _one_of(named, {"rotation": 1.0, "rotation_arcsec": 1 / 3600}, 0.0)
    scale = 1.0 + _number(named, "scale_ppm") * 1e-6 if "scale_ppm" in named else _one_of(named, {"scale": 1.0}, 1.0)
    found = FourParameters(_one_of(named, {"dx": 1.0}), _one_of(named, {"dy": 1.0}), rotation, scale)
    if named:
        raise ValueError(f"{min(named)} is not known: give dx, dy, rotation or rotation_arcsec, scale or scale_ppm")
    return checked(found)


def checked(found: FourParameters) -> FourParameters:
    """Return parameters whose scale can be one.

    Raises
    ------
    ValueError
        It is far from 1.
    """
    if not 0.5 < found.scale < 2.0:
        raise ValueError("scale is not near 1: give a factor, or parts per million as scale_ppm")
    return found


def _one_of(table: dict[str, Any], units: Mapping[str, float], default: float | None = None) -> float:
    """Take a parameter out of a table under whichever of its names it stands, in the first name's unit."""
    given = [name for name in units if name in table]
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} say the same: give one of them")
    if not given:
        if default is None:
            raise ValueError(f"{next(iter(units))} is missing")
        return default
    return _number(table, given[0]) * units[given[0]]


def _number(table: dict[str, Any], name: str) -> float:
    """Take a finite number out of a table."""
    value = table.pop(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is no number")
    return float(value)


def local_grid(base: pyproj.CRS, parameters: FourParameters, name: str, remarks: str | None = None) -> pyproj.CRS:
    """Return the CRS of a local grid, east first, in metres.

    Parameters
    ----------
    base
        The known projected CRS, metres; whatever the order of its axes, the parameters speak of east and north.
    parameters
        From the local grid into it.
    name
        What the CRS is to be called.
    remarks
        What its definition is to say beside, such as how well the parameters fit.
    """
    known = base.to_json_dict()
    use = {part: known.pop(part) for part in ("area", "bbox") if part in known}
    known.pop("id", None)
    # WKT has no place for the axes of the base; by its own name PROJ would look them up, and find northings first.
    known["name"] = f"{known['name']} (east, north)"
    known["coordinate_system"] = {"subtype": "Cartesian", "axis": _AXES}
    values = [
        {"name": code[0], "value": value, "unit": "metre" if code[0].endswith("0") else "unity",
         "id": {"authority": "EPSG", "code": code[1]}}
        for code, value in zip(_COEFFICIENTS, parameters.coefficients(), strict=True)
    ]  # fmt: skip
    return pyproj.CRS.from_json_dict(
        {
            "$schema": _SCHEMA,
            "type": "DerivedProjectedCRS",
            "name": name,
            "base_crs": known,
            "conversion": {"name": "Four parameters", "method": _AFFINE, "parameters": values},
            "coordinate_system": {"subtype": "Cartesian", "axis": _AXES},
            **use,
            **({"remarks": remarks} if remarks else {}),
        }
    )


def standing_on(crs: pyproj.CRS, datum: str, name: str) -> pyproj.CRS:
    """Return a projected CRS on a datum, where its own definition names none.

    A PROJ string such as ``+proj=tmerc … +ellps=GRS80`` names no datum, and everything would be a ballpark
    transformation away from it.
    """
    base = crs.geodetic_crs.datum if crs.geodetic_crs else None
    if crs.is_projected and base is not None and base.name.startswith("Unknown"):
        return ProjectedCRS(crs.coordinate_operation, name=name, geodetic_crs=datum)
    return crs


def is_plane_in_metres(crs: pyproj.CRS) -> bool:
    """Whether a CRS is projected, or a grid derived from a projected one, in metres."""
    plane = crs.is_projected or crs.type_name == "Derived Projected CRS"
    return plane and {axis.unit_conversion_factor for axis in crs.axis_info[:2]} == {1.0}
