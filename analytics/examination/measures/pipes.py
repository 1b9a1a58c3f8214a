"""D53, D57: pipes renewed in the year, and pipes under monitoring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.overlay import lengths_in_units
from cim.analytics.examination.tally import flag


def monitored_pipes(units: GeoDataFrame, *, pipe_segment: GeoDataFrame, networks: Sequence[str]) -> Reading:
    """Measure the pipes in use that are monitored, km, and all of which that is known."""
    pipes = pipe_segment[pipe_segment["network"].isin(networks)]
    watched = flag(pipes["monitored"], pipes.index)
    if watched.isna().all():
        raise NoData("pipe_segment/smart,sensor")
    known = watched.notna()
    told = pd.DataFrame({"watched": watched.fillna(False), "known": known, "unknown": ~known})
    km = lengths_in_units(units, pipes.geometry.to_numpy(), told) / 1e3
    return Reading(km["watched"], km["known"], missing_share(km["known"], km["unknown"]), unknown=km["unknown"])


def renewed_pipes(
    units: GeoDataFrame,
    *,
    pipe_segment: GeoDataFrame,
    statistic: GeoDataFrame,
    networks: Sequence[str],
    planned: str,
    year: int,
) -> Reading:
    """Measure the pipes laid in the year, km, over the length that was planned; only the city has a plan."""
    pipes = pipe_segment[pipe_segment["network"].isin(networks)]
    plan = statistic[(statistic["figure"] == planned) & statistic["unit_id"].isna() & (statistic["age_years"] == 0)]
    if pipes.empty:
        raise NoData(f"pipe_segment/{'/'.join(networks)}")
    if plan.empty:
        raise NoData(f"statistic/{planned}/{year}")
    dated = pipes["installed_year"].notna()
    told = pd.DataFrame({"new": pipes["installed_year"] == year, "dated": dated, "undated": ~dated})
    km = lengths_in_units(units, pipes.geometry.to_numpy(), told) / 1e3
    of_city = units["level"] == "city"
    below = pd.Series(np.where(of_city, float(plan["value"].iloc[0]), np.nan), index=units.index)
    share = missing_share(km["dated"], km["undated"]).where(of_city, 1.0)
    return Reading(km["new"].where(of_city), below, share, ("laid_is_renewed",))


MEASURES = (
    Measure("monitored_pipes", monitored_pipes, needs=("pipe_segment",), counts=("pipe_segment",)),
    Measure("renewed_pipes", renewed_pipes, needs=("pipe_segment", "statistic"), of_year=True),
)
