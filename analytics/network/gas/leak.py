"""What a leak of a gas pipe reaches: the part to shut off, who lives near it, and where gas can travel."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cim.analytics.errors import BadQuestion, UnknownNetwork, UnknownSegment
from cim.analytics.network.bursts.burst import Parts, burst, segment_named
from cim.analytics.network.gas.radius import LABEL, SOURCE, impact_radius_m, stated_pressure
from cim.analytics.network.rules.tables import Rules, load_rules
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.store import Store
from cim.viewer import Viewer


@dataclass(frozen=True)
class Leak:
    """An answer, in plain values that JSON can hold."""

    segment: Mapping[str, Any]
    """The pipe: key, size, pressure, material, year, road, owner."""
    isolation: Mapping[str, Any] | None
    """As `burst` tells it: valves to close, the part between them, what is cut off beyond, who is without gas; None:
    the pipe is no part of the network (abandoned, or an end is not known)."""
    impact: Mapping[str, Any]
    """radius_m (None: not known), pressure_mpa, pressure_from_class, label, source, and what lies within it."""
    migration: Sequence[Mapping[str, Any]]
    """Sewers, ducts and basements near the pipe, by what and distance; manholes to look into."""
    left_out: Mapping[str, Any]
    """What the data did not allow: code, count and sentences."""


def gas_leak(
    store: Store,
    viewer: Viewer,
    segment: int | str,
    folder: Path,
    *,
    rules: Rules | None = None,
    stuck: Iterable[int] = (),
    parts_of: Parts | None = None,
) -> Leak:
    """Answer for a leak on a gas pipe.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the answer.
    segment
        Feature id, or key in its source.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    rules
        How far gas is looked for; our tables unless given (`load_rules`).
    stuck
        Feature ids of valves that turned out not to close.
    parts_of
        Keeps the parts of networks between calls.

    Raises
    ------
    BadQuestion
        The pipe carries no gas.
    UnknownSegment, AmbiguousSegment, UnknownValve
        As `burst` says.
    """
    rules = rules or load_rules()
    place = _gas_pipe(store, viewer, segment)
    number = place["segment_id"]
    isolation, counts = _isolation(store, viewer, number, folder, stuck, parts_of)
    (told,) = store.rows(viewer, query("network.gas", "segment"), {"segment": number})
    pressure, from_class = stated_pressure(told["pressure_mpa"], told["pressure_raw"])
    radius = _radius(pressure, told["diameter_mm"])
    impact = _impact(store, viewer, number, radius)
    migration = _migration(store, viewer, number, rules)
    counts |= {
        "gas_pressure_unknown": int(pressure is None),
        "gas_pressure_of_class": int(from_class),
        "gas_size_unknown": int(told["diameter_mm"] is None),
        "gas_material_unknown": int(told["material"] is None),
        "gas_residents_unknown": sum(row["residents"] is None for row in impact["buildings"]),
        "gas_neighbour_depth_unknown": sum(bool(row.get("depth_unknown")) for row in migration),
    }
    return Leak(
        segment=told | {name: place[name] for name in ("longitude", "latitude")},
        isolation=isolation,
        impact=impact | {"pressure_mpa": pressure, "pressure_from_class": from_class},
        migration=migration,
        left_out=left_out(counts),
    )


def _gas_pipe(store: Store, viewer: Viewer, segment: int | str) -> dict[str, Any]:
    """Find a gas pipe by its id or by its key."""
    place = segment_named(store, viewer, segment, "gas")
    if place["network"] != "gas":
        raise BadQuestion(f"segment {segment!r} carries {place['network']}, not gas", "give a gas pipe")
    return place


# The pipe is told by itself, what was left out too; hours stand in the answer to a burst, with the city's own.
_ELSEWHERE = ("segment", "left_out", "duration")


def _isolation(
    store: Store, viewer: Viewer, segment: int, folder: Path, stuck: Iterable[int], parts_of: Parts | None
) -> tuple[dict[str, Any] | None, dict[str, int]]:
    """Return the answer to a burst there and what it left out; None where the pipe is no part of the network."""
    try:
        found = burst(store, viewer, segment, folder, stuck=stuck, parts_of=parts_of)
    except (UnknownSegment, UnknownNetwork):
        return None, {"gas_not_isolable": 1}
    told = {name: value for name, value in dataclasses.asdict(found).items() if name not in _ELSEWHERE}
    return told, {code: entry["count"] for code, entry in found.left_out.items()}


def _radius(pressure: float | None, diameter: float | None) -> float | None:
    if pressure is None or diameter is None:
        return None
    radius = impact_radius_m(np.array([pressure]), np.array([diameter]))[0]
    return None if np.isnan(radius) else round(float(radius), 2)


def _impact(store: Store, viewer: Viewer, segment: int, radius: float | None) -> dict[str, Any]:
    """Return who and what lies within the radius of any place of the pipe."""
    asked = {"segment": segment, "within": radius or 0.0, "basements": False}
    known = radius is not None
    buildings = store.rows(viewer, query("network.gas", "buildings"), asked) if known else []
    facilities = store.rows(viewer, query("network.gas", "facilities"), asked) if known else []
    return {
        "radius_m": radius,
        "label": LABEL,
        "source": SOURCE,
        "buildings": buildings,
        "facilities": facilities,
        "residents": round(sum(row["residents"] or 0 for row in buildings)),
        "households": sum(row["households"] or 0 for row in buildings),
    }


def _migration(store: Store, viewer: Viewer, segment: int, rules: Rules) -> list[dict[str, Any]]:
    """Return what gas can travel in, or gather in, near the pipe; the nearest first."""
    out: list[dict[str, Any]] = []
    for row in rules.migration:
        asked: dict[str, Any] = {"segment": segment, "within": float(row["within_m"]), "network": row["network"]}
        told = {"what": row["what"], "why_zh": row["why_zh"], "why_en": row["why_en"], "status": row["status"]}
        if row["what"] == "basement":
            rows = store.rows(viewer, query("network.gas", "buildings"), asked | {"basements": True})
            out += [told | {"depth_unknown": False, "crosses": False, "manholes": [], **one} for one in rows]
            continue
        kinds = row["kinds"].split(";") if row["kinds"] else None
        rows = store.rows(viewer, query("network.gas", "neighbours"), asked | {"kinds": kinds})
        holes = store.rows(viewer, query("network.gas", "manholes"), asked) if rows else []
        out += [told | one for one in rows]
        out += [told | {"what": "manhole", "crosses": False, "depth_unknown": False, **one} for one in holes]
    return sorted(out, key=lambda one: (one["distance_m"], one["what"], one["feature_id"]))
