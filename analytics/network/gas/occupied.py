"""Buildings that stand on gas pipes (占压)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cim.analytics.errors import UnknownNetwork
from cim.analytics.network.digs.area import city_degrees
from cim.analytics.network.gas.radius import LABEL, SOURCE, impact_radius_m, stated_pressure
from cim.analytics.network.reading import loaded_networks
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.store import Store
from cim.viewer import Viewer

_ENTERS_M = 0.5
"""A pipe whose dead end lies nearer than this to a footprint, or in it, serves the building."""


@dataclass(frozen=True)
class Occupied:
    """An answer, in plain values that JSON can hold."""

    gas: Mapping[str, Any]
    """segments, and how many of them stand under buildings; label and source of radii."""
    places: Sequence[Mapping[str, Any]]
    """A row for each pipe and building: length below it, people, impact radius; the longest first."""
    served: Sequence[Mapping[str, Any]]
    """The same for dead ends that serve the building: its own connection, most likely."""
    left_out: Mapping[str, Any]
    """What the data did not allow: code, count and sentences."""


def occupied_gas(store: Store, viewer: Viewer) -> Occupied:
    """Return the buildings that stand on gas pipes, abandoned ones too, and on whose walls pipes lie.

    Raises
    ------
    UnknownNetwork
        The city has no gas pipes.
    """
    (counts,) = store.rows(viewer, query("network.gas", "counts"))
    if not counts["segments"]:
        raise UnknownNetwork("gas", loaded_networks(store, viewer), f"is not loaded in city {store.city.slug!r}")
    rows = store.rows(viewer, query("network.gas", "occupied"))
    nodes = sorted({row[name] for row in rows for name in ("start_id", "end_id") if row[name] is not None})
    degrees = store.rows(viewer, query("network.gas", "degrees"), {"nodes": nodes})
    pipes = {row["node_id"]: row["pipes"] for row in degrees}
    told = [_told(store, row, pipes) for row in rows]
    told.sort(key=lambda one: (-one["covered_m"], one["feature_id"], one["building_id"]))
    through = [row for row in told if not row["serves"]]
    return Occupied(
        gas={
            "segments": counts["segments"],
            "occupied": len({row["feature_id"] for row in through}),
            "buildings": len({row["building_id"] for row in through}),
            "label": LABEL,
            "source": SOURCE,
        },
        places=through,
        served=[row for row in told if row["serves"]],
        left_out=left_out(
            {
                "gas_pressure_unknown": counts["without_pressure"],
                "gas_size_unknown": counts["without_size"],
                "gas_material_unknown": counts["without_material"],
                "gas_overhead": counts["overhead"],
                "clearance_buildings_unknown": int(not counts["buildings"]),
            }
        ),
    )


def _told(store: Store, row: Mapping[str, Any], pipes: Mapping[int, int]) -> dict[str, Any]:
    """Return a pipe and a building on it as a row."""
    line = shapely.force_2d(shapely.from_wkb(bytes(row["geom"])))
    # A footprint that crosses itself covers what it covers.
    area = shapely.make_valid(shapely.from_wkb(bytes(row["footprint"])))
    below = shapely.intersection(line, area)
    at = (
        shapely.get_coordinates(shapely.shortest_line(line, area))[:1]
        if below.is_empty
        else shapely.get_coordinates(below.centroid)
    )
    pressure, from_class = stated_pressure(row["pressure_mpa"], row["pressure_raw"])
    size = row["diameter_mm"]
    radius = np.nan if pressure is None or size is None else impact_radius_m(np.array([pressure]), np.array([size]))[0]
    corners = shapely.get_coordinates(line)
    ends = zip((row["start_id"], row["end_id"]), (corners[0], corners[-1]), strict=True)
    serves = any(pipes.get(node, 0) == 1 and shapely.Point(end).distance(area) <= _ENTERS_M for node, end in ends)
    ((longitude, latitude),) = city_degrees(store.city, at)
    names = ("feature_id", "key", "state", "material", "diameter_mm", "installed_year", "road_name", "owner",
             "survey_method", "building_id", "building_key", "building", "address", "usage", "built_year",
             "residents")  # fmt: skip
    return {name: row[name] for name in names} | {
        "covered_m": round(float(below.length), 2),
        "pressure_mpa": pressure,
        "pressure_from_class": from_class,
        "radius_m": None if np.isnan(radius) else round(float(radius), 2),
        "built_after": _after(row["built_year"], row["installed_year"]),
        "serves": serves,
        "longitude": longitude,
        "latitude": latitude,
    }


def _after(built: int | None, laid: int | None) -> bool | None:
    """Tell whether the building is younger than the pipe; None: not known, or of one year."""
    return None if built is None or laid is None or built == laid else built > laid
