"""Homes with a facility near by: a family for a city's own indicators; no national system counts homes like this."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, OnFoot, Reading
from cim.analytics.examination.overlay import is_near
from cim.analytics.examination.tally import flag, tally, totals_at_points
from cim.analytics.examination.walking import StreetNetwork


def homes_near_places(
    units: GeoDataFrame,
    *,
    building: GeoDataFrame,
    facility: GeoDataFrame,
    streets: StreetNetwork | None,
    kinds: Sequence[str],
    radius_m: float,
    unknown_are_homes: bool = False,
) -> Reading:
    """Count the residential buildings with a facility of the kinds within `radius_m`, and all of them.

    A building whose use nobody recorded may be a home and is missing; with `unknown_are_homes` it is one, as in
    OpenStreetMap, where most homes are tagged as buildings and no more. On foot the way counts from the middle of the
    house along streets to the facility's point.
    """
    told = building["usage"] == "residential"
    unknown = building["usage"].isna()
    homes = building[told | unknown]
    places = facility[facility["kind"].isin(kinds)]
    if not (told | (unknown & unknown_are_homes)).any():
        raise NoData("building/residential")
    if places.empty:
        raise NoData(f"facility/{'/'.join(kinds)}")
    judged = told[homes.index] | unknown_are_homes
    near = flag(is_near(homes.geometry, places.geometry, radius_m), homes.index).mask(~judged)
    on_foot = None if streets is None else _on_foot(units, homes[judged], places, streets, radius_m)
    return tally(units, homes.geometry, near, notes=("radius_not_walk",), on_foot=on_foot)


def _on_foot(
    units: GeoDataFrame, homes: GeoDataFrame, places: GeoDataFrame, streets: StreetNetwork, distance_m: float
) -> OnFoot:
    at_home, at_place = (streets.snaps(frame.geometry.to_numpy()) for frame in (homes, places))
    reached = np.isfinite(streets.distances(at_home, at_place, distance_m))
    values = pd.DataFrame({"reached": reached, "on": at_home.on, "off": ~at_home.on}, index=homes.index)
    sums = totals_at_points(units, homes.geometry, values)
    return OnFoot(sums["reached"], sums["on"], sums["off"])


MEASURE = Measure("homes_near_places", homes_near_places, needs=("building", "facility"), uses=("streets",))
"""Asks for: kinds, radius_m, perhaps unknown_are_homes."""
