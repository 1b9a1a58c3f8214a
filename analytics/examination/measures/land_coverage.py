"""B23, D54 and their like: land within the radius of facilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading
from cim.analytics.examination.overlay import area_in_units, parts_covered
from cim.analytics.examination.people import Walkers
from cim.analytics.examination.reach import ground_near


def land_near_places(
    units: GeoDataFrame,
    *,
    land_use: GeoDataFrame,
    facility: GeoDataFrame,
    walkers: Walkers | None,
    land: Sequence[str],
    kinds: Sequence[str],
    radius_m: float,
    on_foot: bool = True,
) -> Reading:
    """Measure the land of some uses within `radius_m` of a facility, and all of it, m².

    Along streets it is the share of residents whose home is within a walk of that length: land does not walk.
    """
    parcels = land_use.geometry[land_use["use_code"].str.startswith(tuple(land))].to_numpy()
    places = facility.geometry[facility["kind"].isin(kinds)].to_numpy()
    if not len(parcels):
        raise NoData(f"land_use/{'/'.join(land)}")
    if not len(places):
        raise NoData(f"facility/{'/'.join(kinds)}")
    covered = area_in_units(units, parts_covered(parcels, ground_near(places, radius_m)))
    foot = walkers.share(units, walkers.reached(places, radius_m)) if walkers is not None and on_foot else None
    notes = ("radius_not_walk", *((walkers.source,) if walkers is not None and foot is not None else ()))
    nothing = pd.Series(0.0, index=units.index)
    return Reading(covered, area_in_units(units, parcels), nothing, notes, on_foot=foot)


def _radius(parameters: Mapping[str, Any]) -> float:
    """Return how far a facility serves, metres."""
    return float(parameters["radius_m"])


MEASURE = Measure(
    "land_near_places",
    land_near_places,
    needs=("land_use", "facility"),
    uses=("walkers",),
    counts=("land_use", "building"),
    reach=_radius,
)
