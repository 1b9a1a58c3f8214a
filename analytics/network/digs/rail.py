"""Railways near a dig: whose control protection zone (控制保护区) it comes into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from cim.analytics.network.digs.area import city_degrees
from cim.analytics.network.digs.owners import contact
from cim.analytics.network.digs.pipes import zone_told
from cim.analytics.network.rules.tables import Rules
from cim.city import CityProfile

_DRAWN_M = 200.0
"""So far beyond a zone's width about the dig its course is told: a line of the metro crosses the city."""
_FINEST_M = 0.01


def rail_question(rules: Rules) -> dict[str, Any]:
    """Return what `rail.sql` asks for: kinds of things, and how far their zones reach, metres."""
    kinds = {kind for row in rules.rail for kind in _kinds(row)}
    return {"kinds": sorted(kinds), "near": max((float(row["to_m"]) for row in rules.rail), default=0.0)}


def rail_zones(
    rows: Sequence[Mapping[str, Any]], area: shapely.Polygon, city: CityProfile, rules: Rules
) -> list[dict[str, Any]]:
    """Return the stations and lines into whose zones a dig comes, the nearest first.

    Parameters
    ----------
    rows
        Rows of `rail.sql`. A station is a place, an entrance: how far its structure reaches below ground is not known.
        The outlines of zones are told with it, so that they can be drawn.
    area
        The outline, city's CRS.
    city
        The city.
    rules
        Zones and owners.
    """
    out = []
    for row in rows:
        geom = shapely.from_wkb(row["geom"])
        distance = float(shapely.distance(geom, area))
        zones = [zone for zone in zones_of(rules, row["theme"], row["kind"]) if _reaches(zone, distance)]
        if not zones:
            continue
        ((longitude, latitude),) = city_degrees(city, shapely.get_coordinates(shapely.point_on_surface(geom)))
        told = {name: row[name] for name in ("feature_id", "theme", "key", "kind", "name", "owner")}
        out.append(
            told
            | {"distance_m": round(distance, 2), "longitude": longitude, "latitude": latitude}
            | {"zones": [zone_told(zone) | {"outlines": _outlines(zone, geom, area, city)} for zone in zones]}
            | contact(row, rules.owners)
        )
    return sorted(out, key=lambda one: (one["distance_m"], one["feature_id"]))


def zone_area(zone: Mapping[str, str], geom: shapely.Geometry) -> shapely.Geometry:
    """Return the zone about a station or a line, city's CRS: a ring where it begins farther out."""
    near, far = float(zone["from_m"]), float(zone["to_m"])
    band: shapely.Geometry = shapely.buffer(geom, far, quad_segs=32)
    if near:
        band = shapely.difference(band, shapely.buffer(geom, near, quad_segs=32))
    return shapely.simplify(band, _FINEST_M)


def zones_of(rules: Rules, theme: str, kind: str) -> list[Mapping[str, str]]:
    """Return the rows of the rules that are about such a thing."""
    return [zone for zone in rules.rail if zone["theme"] == theme and kind in _kinds(zone)]


def _outlines(
    zone: Mapping[str, str], geom: shapely.Geometry, area: shapely.Polygon, city: CityProfile
) -> list[list[list[float]]]:
    """Return the rings of a zone about what it is of, near the dig, in degrees."""
    west, south, east, north = area.bounds
    beyond = float(zone["to_m"]) + _DRAWN_M
    course = shapely.clip_by_rect(geom, west - beyond, south - beyond, east + beyond, north + beyond)
    rings = shapely.get_rings(shapely.get_parts(zone_area(zone, course)))
    return [city_degrees(city, np.asarray(shapely.get_coordinates(ring))) for ring in rings]


def _kinds(zone: Mapping[str, str]) -> list[str]:
    return zone["kinds"].split(";")


def _reaches(zone: Mapping[str, str], distance: float) -> bool:
    return float(zone["from_m"]) <= distance < float(zone["to_m"])
