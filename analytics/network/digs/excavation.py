"""What lies in the ground where somebody wants to dig, and whom to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cim.analytics.errors import BadQuestion
from cim.analytics.network.digs.area import Dig, city_degrees
from cim.analytics.network.digs.manholes import placed_manholes
from cim.analytics.network.digs.notices import dig_notices, dig_unknowns
from cim.analytics.network.digs.owners import contact, countersigns
from cim.analytics.network.digs.pipes import (
    HAND,
    RECENT_M,
    RELATIONS,
    placed,
    relation,
    unsurveyed,
    widest_zone_m,
    zone_told,
    zones,
)
from cim.analytics.network.digs.rail import rail_question, rail_zones
from cim.analytics.network.digs.roads import opened_roads
from cim.analytics.network.rules.tables import Rules, load_rules
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.codes import NETWORKS
from cim.store import Store
from cim.viewer import Viewer

MOST = 3000
"""Pipes, and manholes, that one answer may hold."""
NEAR_M = 5.0
"""What lies within this distance is told, and whatever has a wider zone within that."""


@dataclass(frozen=True)
class Excavation:
    """An answer, in plain values that JSON can hold."""

    city: Mapping[str, Any]
    """slug, names, whether it is made up, data_version."""
    dig: Mapping[str, Any]
    """area_m2, depth_m, near_m, day, expires, project, applicant, outline (degrees), bounds."""
    pipes: Sequence[Mapping[str, Any]]
    """Those that must be dug by hand first, then by distance from the edge."""
    manholes: Sequence[Mapping[str, Any]]
    """Manholes, valves and what else stands there, by distance from the edge; `measured_from` tells whether that is the
    edge of the cover or, where its size is not known, the middle."""
    roads: Sequence[Mapping[str, Any]]
    """Streets that are opened, with the digging ban."""
    rail: Sequence[Mapping[str, Any]]
    """Stations and lines of railways into whose control protection zones it comes, the nearest first."""
    owners: Sequence[Mapping[str, Any]]
    """Who is to sign: the countersign sheet (会签单)."""
    unsurveyed: Mapping[str, Any]
    """area_m2, share and outline of what lies farther than 20 m from all that was surveyed; networks without record."""
    notices: Sequence[Mapping[str, str]]
    """What every reader must be told, in both languages."""
    left_out: Mapping[str, Any]
    """What the data did not allow: code, count and sentences."""


def excavation(store: Store, viewer: Viewer, dig: Dig, rules: Rules | None = None) -> Excavation:
    """Return all that is known of the ground where somebody wants to dig.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the answer.
    dig
        Where and how deep.
    rules
        Zones, bans and tolerances; our tables unless given (`load_rules`).

    Raises
    ------
    BadQuestion
        So much lies there that it must be asked in parts.
    """
    rules = rules or load_rules()
    near = max(NEAR_M, widest_zone_m(rules))
    with store.snapshot(viewer) as connection:
        asked = {"area": shapely.to_wkb(dig.area), "srid": store.city.srid, "most": MOST}
        found = {}
        for name, reach in (("pipes", max(near, RECENT_M) + 3), ("nodes", max(near, RECENT_M) + 3), ("roads", 0)):
            rows = connection.execute(query("network.digs", name), asked | {"near": reach})
            found[name] = _frame([column.name for column in rows.description or ()], rows.fetchall())
        rail = connection.execute(query("network.digs", "rail"), asked | rail_question(rules)).fetchall()
    for name in ("pipes", "nodes"):
        if len(found[name]) > MOST:
            raise BadQuestion(
                f"more than {MOST:,} {name} lie there", "ask for a smaller place", "TooMuchThere", most=MOST
            )
    pipes, manholes = (
        _pipes(store, found["pipes"], dig, near, rules),
        _manholes(store, found["nodes"], dig, near, rules),
    )
    bare = _unsurveyed(store, dig, found["pipes"], found["nodes"])
    roads = _roads(store, found["roads"], dig, rules)
    return Excavation(
        city=_city(store),
        dig=_told(store, dig, near),
        pipes=pipes,
        manholes=manholes,
        roads=roads,
        rail=rail_zones(rail, dig.area, store.city, rules),
        owners=countersigns(pipes, manholes),
        unsurveyed=bare,
        notices=dig_notices(store, dig, rules, bare),
        left_out=left_out(dig_unknowns(pipes, manholes, roads, bool(len(found["roads"])))),
    )


_NUMBERS = (
    "diameter_mm", "width_mm", "height_mm", "outer_width_mm", "outer_height_mm", "wall_mm", "start_depth_m",
    "end_depth_m", "start_level_m", "end_level_m", "start_ground_m", "end_ground_m", "pressure_mpa", "voltage_kv",
    "ground_level_m",
    "well_depth_m",
)  # fmt: skip


def _frame(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame with shapely geometries; numbers that are not known are NaN."""
    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in names})
    for name in frame.columns.intersection(list(_NUMBERS)):
        frame[name] = frame[name].astype("float64")
    frame["geom"] = pd.Series(shapely.from_wkb(frame["geom"].to_numpy(dtype=object)), dtype=object)
    return frame


def _pipes(store: Store, pipes: pd.DataFrame, dig: Dig, near: float, rules: Rules) -> list[dict[str, Any]]:
    """Return the pipes within reach as rows."""
    found = placed(pipes, dig.area, rules)
    lies = relation(pipes, found, dig.depth_m)
    within = zones(pipes, found, dig.depth_m, rules)
    places = city_degrees(store.city, found.at)
    rows = []
    for place, row in enumerate(_records(pipes)):
        if found.distance_m[place] - found.plan_tolerance_m[place] > near:
            continue
        by_hand = any(zone["zone"] in HAND for zone in within[place])
        rows.append(
            {
                "feature_id": int(row["feature_id"]),
                "relation": lies[place],
                "relation_zh": RELATIONS[lies[place]][0],
                "by_hand": by_hand,
                "distance_m": round(float(found.distance_m[place]), 2),
                "inside_m": round(float(found.inside_m[place]), 2),
                "plan_tolerance_m": round(float(found.plan_tolerance_m[place]), 2),
                "depth_m": _rounded(found.depth_m[place]),
                "one_end_depth_m": _rounded(found.one_end_depth_m[place]),
                "depth_tolerance_m": _rounded(
                    found.depth_tolerance_m[place] if lies[place] != "depth_unknown" else np.nan
                ),
                "crown_level_m": _rounded(found.level_m[place]),
                "abandoned": row["state"] == "abandoned",
                "zones": [zone_told(zone) for zone in within[place]],
                "surveyed_on": row["surveyed_on"].isoformat() if row["surveyed_on"] else None,
                "longitude": places[place][0],
                "latitude": places[place][1],
                "line": city_degrees(store.city, shapely.get_coordinates(row["geom"], include_z=True)),
                **{name: _plain(row[name]) for name in _TOLD},
                **contact(row, rules.owners),
            }
        )
    return sorted(rows, key=lambda one: (not one["by_hand"], one["distance_m"], -one["inside_m"], one["feature_id"]))


_TOLD = (
    "key", "network", "class_code", "kind", "state", "burial", "material", "material_raw", "diameter_mm",
    "width_mm", "height_mm",
    "outer_width_mm", "outer_height_mm", "pressure_mpa", "pressure_raw", "voltage_kv", "cables", "owner", "road_name",
    "installed_year", "survey_method", "surveyed_by",
)  # fmt: skip


_TOLD_OF_MANHOLES = (
    "key", "network", "kind", "feature_raw", "appurtenance_raw", "state", "owner", "ground_level_m", "well_depth_m",
    "cover_material", "cover_size_mm", "survey_method", "surveyed_by",
)  # fmt: skip


def _manholes(store: Store, nodes: pd.DataFrame, dig: Dig, near: float, rules: Rules) -> list[dict[str, Any]]:
    """Return the manholes within reach as rows."""
    found = placed_manholes(nodes, dig.area, rules)
    places = city_degrees(store.city, shapely.get_coordinates(nodes["geom"].to_numpy(dtype=object)))
    rows = [
        {
            "feature_id": int(row["feature_id"]),
            "distance_m": round(float(found.distance_m[place]), 2),
            "measured_from": found.measured_from(place),
            "plan_tolerance_m": round(float(found.plan_tolerance_m[place]), 2),
            "depth_tolerance_m": _rounded(found.depth_tolerance_m[place]),
            "abandoned": row["state"] == "abandoned",
            "surveyed_on": row["surveyed_on"].isoformat() if row["surveyed_on"] else None,
            "longitude": places[place][0],
            "latitude": places[place][1],
            **{name: _plain(row[name]) for name in _TOLD_OF_MANHOLES},
            **contact(row, rules.owners),
        }
        for place, row in enumerate(_records(nodes))
        if found.distance_m[place] - found.plan_tolerance_m[place] <= near
    ]
    return sorted(rows, key=lambda one: (one["distance_m"], one["feature_id"]))


def _roads(store: Store, roads: pd.DataFrame, dig: Dig, rules: Rules) -> list[dict[str, Any]]:
    """Return the streets that are opened, with their lines in degrees."""
    lines = dict(zip(roads["feature_id"], roads["geom"], strict=True))
    return [
        row | {"line": city_degrees(store.city, shapely.get_coordinates(lines[row["feature_id"]]))}
        for row in opened_roads(roads, dig.area, dig.day, rules)
    ]


def _unsurveyed(store: Store, dig: Dig, pipes: pd.DataFrame, nodes: pd.DataFrame) -> dict[str, Any]:
    looked = nodes[nodes["surveyed_on"].notna()]["geom"]
    bare = unsurveyed(dig.area, pipes, list(shapely.force_2d(looked.to_numpy(dtype=object))))
    there = set(pipes["network"]) | set(nodes["network"])
    parts = [part for part in getattr(bare, "geoms", [bare]) if isinstance(part, shapely.Polygon) and not part.is_empty]
    return {
        "area_m2": round(float(bare.area), 2),
        "share": round(float(bare.area / dig.area.area), 4),
        "within_m": RECENT_M,
        "outlines": [city_degrees(store.city, shapely.get_coordinates(part.exterior)) for part in parts],
        "networks_without_record": [name for name in NETWORKS if name not in there],
    }


def _city(store: Store) -> dict[str, Any]:
    profile = store.city
    return {
        "slug": profile.slug,
        "name_zh": profile.name_zh,
        "name_en": profile.name_en,
        "synthetic": profile.synthetic,
        "vertical_datum": profile.vertical_datum,
        "data_version": store.data_version(),
    }


def _told(store: Store, dig: Dig, near: float) -> dict[str, Any]:
    return {
        "area_m2": round(float(dig.area.area), 2),
        "depth_m": dig.depth_m,
        "near_m": near,
        "day": dig.day.isoformat(),
        "expires": dig.expires.isoformat(),
        "project": dig.project,
        "applicant": dig.applicant,
        "outline": city_degrees(store.city, shapely.get_coordinates(dig.area.exterior)),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame by their columns' names."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 2)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value
