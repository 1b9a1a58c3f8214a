"""Railways near a dig: whose control protection zone (控制保护区) it comes into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import shapely

from cim.analytics.network.digs.area import city_degrees
from cim.analytics.network.digs.owners import contact
from cim.analytics.network.digs.pipes import zone_told
from cim.analytics.network.rules.tables import Rules
from cim.city import CityProfile


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
        zones = [zone for zone in rules.rail if _asks(zone, row, distance)]
        if not zones:
            continue
        ((longitude, latitude),) = city_degrees(city, shapely.get_coordinates(shapely.point_on_surface(geom)))
        told = {name: row[name] for name in ("feature_id", "theme", "key", "kind", "name", "owner")}
        out.append(
            told
            | {"distance_m": round(distance, 2), "longitude": longitude, "latitude": latitude}
            | {"zones": [zone_told(zone) for zone in zones], **contact(row, rules.owners)}
        )
    return sorted(out, key=lambda one: (one["distance_m"], one["feature_id"]))


def _kinds(zone: Mapping[str, str]) -> list[str]:
    return zone["kinds"].split(";")


def _asks(zone: Mapping[str, str], row: Mapping[str, Any], distance: float) -> bool:
    """Return whether a zone is of such a thing, and reaches so far."""
    of_it = zone["theme"] == row["theme"] and row["kind"] in _kinds(zone)
    return of_it and float(zone["from_m"]) <= distance < float(zone["to_m"])
