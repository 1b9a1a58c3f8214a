"""D34, D35, D56 and their like: area of facilities for each resident."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.population import Spread, residents_of_units
from cim.analytics.examination.tally import totals_at_points


def area_per_resident(
    units: GeoDataFrame,
    *,
    facility: GeoDataFrame,
    residents: Spread | None,
    building: GeoDataFrame,
    kinds: Sequence[str],
    notes: Sequence[str] = (),
) -> Reading:
    """Sum the facilities' area, m², and the residents where they live.

    Facilities of unknown area are missing, by their number.
    """
    places = facility[facility["kind"].isin(kinds)]
    if residents is None:
        raise NoData("population")  # and neither buildings nor units are counted
    if places.empty:
        raise NoData(f"facility/{'/'.join(kinds)}")
    known = places["area_m2"].notna()
    values = pd.DataFrame({"area": places["area_m2"].fillna(0.0), "known": known * 1.0, "unknown": ~known * 1.0})
    sums = totals_at_points(units, places.geometry, values)
    living = residents_of_units(units, residents, building)
    return Reading(sums["area"], living, missing_share(sums["known"], sums["unknown"]), (*notes, residents.source))


MEASURE = Measure("area_per_resident", area_per_resident, needs=("facility",), uses=("residents", "building"))
