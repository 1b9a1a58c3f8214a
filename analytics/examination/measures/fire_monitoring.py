"""D59: high-rise buildings with smart fire monitoring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.tally import totals_at_points


def fire_monitoring(
    units: GeoDataFrame,
    *,
    building: GeoDataFrame,
    fire_sensor: GeoDataFrame,
    home_height_m: float,
    height_m: float,
    sensors: Sequence[str],
) -> Reading:
    """Count the high-rises with a fire sensor, and all of them.

    High-rise is above `home_height_m` for homes and above `height_m` for others. A building of unknown height may be
    one and is missing, unless it has at most six storeys.
    """
    watched = fire_sensor.index[fire_sensor["kind"].isin(sensors)].unique()
    if not len(watched):
        raise NoData(f"sensor/{'/'.join(sensors)}")
    limit = np.where(building["usage"] == "residential", home_height_m, height_m)
    high = building["height_m"] > limit
    unknown = building["height_m"].isna() & ~(building["storeys_above"] <= 6)
    has = high & building.index.isin(watched)
    values = pd.DataFrame({"has": has, "high": high, "unknown": unknown}, index=building.index).astype(float)
    sums = totals_at_points(units, building.geometry, values)
    share = missing_share(sums["high"], sums["unknown"])
    bare = high & ~has
    evidence = pd.DataFrame({"height_m": building["height_m"], "candidate": False}, index=building.index)
    problems = GeoDataFrame(evidence[bare], geometry=building.geometry[bare])
    judged = building.index[~unknown]
    return Reading(sums["has"], sums["high"], share, unknown=sums["unknown"], problems=problems, judged=judged)


MEASURE = Measure("fire_monitoring", fire_monitoring, needs=("building", "fire_sensor"), counts=("building",))
