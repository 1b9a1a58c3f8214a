"""B26, D33: residential land within the service radius of parks, public grounds and greenways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading
from cim.analytics.examination.overlay import area_in_units, parts_covered
from cim.analytics.examination.people import Walkers
from cim.analytics.examination.reach import ground_near
from cim.analytics.examination.walking import access_points


def park_coverage(
    units: GeoDataFrame,
    *,
    land_use: GeoDataFrame,
    green_space: GeoDataFrame,
    walkers: Walkers | None,
    residential: Sequence[str],
    kinds: Sequence[str],
    tiers: Sequence[Mapping[str, float]],
) -> Reading:
    """Measure the residential land within the radius of a park, and all of it, m².

    Parameters
    ----------
    units
        Units to be examined.
    land_use
        Column use_code; residential where it starts with one of `residential`.
    green_space
        Columns kind, public, area_m2 and activity_ground_m2; what is known to be closed to the public does not count.
    residential
        Prefixes of residential land-use codes.
    kinds
        Kinds of green space that count.
    walkers
        People on the street network, where both are known.
    tiers
        From the largest on: `area_min_m2`, `ground_min_m2`, `radius_m`. A park has the radius of the first tier that
        its area and its activity ground reach; an activity ground that is not recorded is not held against it.
    """
    homes = land_use.geometry[land_use["use_code"].str.startswith(tuple(residential))].to_numpy()
    parks = green_space[green_space["kind"].isin(kinds) & green_space["public"].fillna(True)]
    if not len(homes):
        raise NoData("land_use/residential")
    if parks.empty:
        raise NoData("green_space/park")
    radius = _radius(parks, tiers)
    reach = ground_near(parks.geometry.to_numpy()[radius > 0], radius[radius > 0])
    covered = area_in_units(units, parts_covered(homes, reach))
    notes: tuple[str, ...] = (
        "radius_not_walk",
        *(("grounds_not_checked",) if parks["activity_ground_m2"].isna().any() else ()),
    )
    foot = None
    if walkers is not None:
        # Along streets it is residents that are reached: land does not walk. A park is entered anywhere on its edge.
        walks = [
            walkers.reached(access_points(parks.geometry.to_numpy()[radius == tier]), tier)
            for tier in np.unique(radius[radius > 0])
        ]
        foot = walkers.share(units, np.any(walks, axis=0) if walks else np.zeros(len(walkers.homes), dtype=bool))
        notes += (walkers.source,)
    nothing = pd.Series(0.0, index=units.index)
    return Reading(covered, area_in_units(units, homes), nothing, notes, on_foot=foot)


def _radius(parks: GeoDataFrame, tiers: Sequence[Mapping[str, float]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the service radius of each park, metres; 0 for one too small for any tier."""
    area = parks["area_m2"].fillna(parks.geometry.area)
    ground = parks["activity_ground_m2"].fillna(np.inf)
    reached = [((area >= tier["area_min_m2"]) & (ground >= tier["ground_min_m2"])).to_numpy() for tier in tiers]
    return np.select(reached, [tier["radius_m"] for tier in tiers], default=0.0)


def _farthest(parameters: Mapping[str, Any]) -> float:
    """Return the radius of the largest parks, metres."""
    return max(float(tier["radius_m"]) for tier in parameters["tiers"])


MEASURE = Measure(
    "park_coverage",
    park_coverage,
    needs=("land_use", "green_space"),
    uses=("walkers",),
    counts=("land_use", "building"),
    reach=_farthest,
)
