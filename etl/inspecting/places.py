"""CRS and extent of a file, in degrees too, and what is wrong with them."""

from __future__ import annotations

import re

import numpy as np
import pyproj
from pyproj.exceptions import CRSError, ProjError

from cim.etl.inspecting.findings import Box, Findings
from cim.source_crs import horizontal, known_crs

_FORMS = (
    re.compile(r"^urn:ogc:def:crs:(?P<authority>\w+):[^:]*:(?P<code>\w+)$", re.IGNORECASE),
    re.compile(r"^https?://www\.opengis\.net/def/crs/(?P<authority>\w+)/[^/]+/(?P<code>\w+)/?$", re.IGNORECASE),
    re.compile(r"^(?P<authority>EPSG|ESRI|IGNF)[: ]+(?P<code>\w+)$", re.IGNORECASE),
)
_MARGIN_DEG = 1.0


def short_crs(name: str | None) -> str | None:
    """Return a CRS as `AUTHORITY:code` where it has one, else as it stands."""
    if not name or not name.strip():
        return None
    for form in _FORMS:
        found = form.match(name.strip())
        if found:
            return f"{found['authority'].upper()}:{found['code']}"
    try:
        crs = pyproj.CRS.from_user_input(name)
        authority = crs.to_authority(min_confidence=100)
        if authority is None and crs.is_compound:
            parts = [part.to_authority(min_confidence=100) for part in crs.sub_crs_list]
            if parts[0] is not None and crs.sub_crs_list[1].name.lower().startswith("unknown"):
                # What matters for places is the part with a plane.
                authority = parts[0]
            elif None not in parts and len({part[0] for part in parts}) == 1:
                return f"{parts[0][0]}:{'+'.join(part[1] for part in parts)}"
    except CRSError:
        return name.strip()
    return ":".join(authority) if authority else name.strip()


def crs_title(crs: str) -> str:
    """Return a CRS with its name, for people."""
    try:
        name = known_crs(crs).name
    except CRSError:
        return f"{crs} (not known to PROJ)"
    return f"{crs} ({name})" if len(crs) < 60 else name


def northing_first(name: str) -> bool:
    """Whether files in a CRS hold the latitude first: as the authority says for degrees, never for metres."""
    flat = _flat(name)
    return flat is not None and bool(flat.is_geographic and flat.axis_info[0].direction == "north")


def promised_northing_first(name: str) -> bool:
    """Whether GML in a CRS holds the northing first: a URN or URL promises the authority's order (OGC 09-048r5)."""
    if not any(form.match(name.strip()) for form in _FORMS[:2]):
        return northing_first(name)
    flat = _flat(name)
    return flat is not None and flat.axis_info[0].direction == "north"


def _flat(name: str) -> pyproj.CRS | None:
    """Return the horizontal part of a CRS that a file names; None: PROJ does not know it."""
    try:
        return horizontal(known_crs(short_crs(name) or name))
    except CRSError:
        return None


def degrees(found: Findings, crs: str) -> tuple[Box | None, list[str]]:
    """Return a file's extent in WGS 84 degrees (west, south, east, north), and what is wrong with it.

    Parameters
    ----------
    found
        What was found, with an extent.
    crs
        Its CRS, by the file or by the one who asks.
    """
    if found.extent is None:
        return None, []
    try:
        whole = known_crs(crs)
    except CRSError:
        return None, [f"CRS {crs!r} is not known to PROJ: give the right one with crs"]
    if whole.is_geocentric:
        return None, []
    order = found.extent if not found.northing_first else _swapped(found.extent)
    box = _transformed(whole, order)
    if box is not None and _used(whole, box):
        return box, []
    other = _transformed(whole, _swapped(order))
    if other is not None and _used(whole, other):
        name = "east_north" if found.northing_first else "north_east"
        reach = ", ".join(f"{value:.4f}" for value in other)
        return box, [
            f"lies outside the area where {crs_title(crs)} is used; with its axes swapped it reaches {reach}, inside: "
            f'confirm with axis_order = "{name}" in options'
        ]
    return box, [f"lies outside the area where {crs_title(crs)} is used: give the right CRS"]


def _swapped(box: Box) -> Box:
    return box[1], box[0], box[3], box[2]


def _transformed(crs: pyproj.CRS, box: Box) -> Box | None:
    """Return an extent, east first, in WGS 84 degrees; None: it cannot be computed."""
    if not np.isfinite(box).all():
        return None
    try:
        way = pyproj.Transformer.from_crs(horizontal(crs), "EPSG:4326", always_xy=True)
        out = way.transform_bounds(*box, densify_pts=21, errcheck=False)
    except (CRSError, ProjError):
        return None
    finite = np.isfinite(out).all() and max(abs(out[1]), abs(out[3])) <= 90
    return (float(out[0]), float(out[1]), float(out[2]), float(out[3])) if finite else None


def _used(crs: pyproj.CRS, box: Box) -> bool:
    """Whether the middle of an extent lies where a CRS is used."""
    area = crs.area_of_use or horizontal(crs).area_of_use
    if area is None:
        return True
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    width = (area.east - area.west) % 360 or 360
    inside = (x - area.west + _MARGIN_DEG) % 360 <= width + 2 * _MARGIN_DEG
    return bool(inside and area.south - _MARGIN_DEG <= y <= area.north + _MARGIN_DEG)
