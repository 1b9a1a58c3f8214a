"""D39, D40, D43, D52: what the registers of heritage and of facilities say of each."""

from __future__ import annotations

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.tally import flag, tally, totals_at_points

KINDS = ("historic_building", "historic_block")
"""Kinds of facility that are heritage."""
_WANTED = {"filed": True, "vacant": False}


def heritage_share(units: GeoDataFrame, *, facility: GeoDataFrame, flag_of: str) -> Reading:
    """Count the heritage objects of which the register says that they are filed, or vacant."""
    objects = _heritage(facility)
    said = flag(objects[flag_of], objects.index)
    if said.isna().all():
        raise NoData(f"facility/{flag_of}")
    short = (said != _WANTED.get(flag_of, True)).fillna(False).astype(bool)
    evidence = pd.DataFrame({"kind": objects["kind"], "candidate": False}, index=objects.index)
    return tally(
        units, objects.geometry, said, problems=GeoDataFrame(evidence[short], geometry=objects.geometry[short])
    )


def heritage_new(units: GeoDataFrame, *, facility: GeoDataFrame, year: int) -> Reading:
    """Count the heritage objects designated in the year, and all of known year."""
    objects = _heritage(facility)
    since = objects["listed_year"]
    if since.isna().all():
        raise NoData("facility/listed_year")
    values = {"new": since == year, "known": since <= year, "unknown": since.isna()}
    sums = totals_at_points(units, objects.geometry, pd.DataFrame(values, index=objects.index).astype(float))
    return Reading(sums["new"], sums["known"], missing_share(sums["known"], sums["unknown"]), unknown=sums["unknown"])


def dual_use_facilities(units: GeoDataFrame, *, facility: GeoDataFrame) -> Reading:
    """Count the facilities registered for normal and emergency use, out of those of which the register says."""
    said = flag(facility["dual_use"], facility.index)
    told = said.notna()
    if not told.any():
        raise NoData("facility/dual_use")
    # Most facilities are never asked: those that the register is silent of are none of the stock.
    return tally(units, facility.geometry[told], said[told])


def _heritage(facility: GeoDataFrame) -> GeoDataFrame:
    objects = facility[facility["kind"].isin(KINDS)]
    if objects.empty:
        raise NoData(f"facility/{'/'.join(KINDS)}")
    return objects


MEASURES = (
    Measure("heritage_share", heritage_share, needs=("facility",)),
    Measure("heritage_new", heritage_new, needs=("facility",), of_year=True),
    Measure("dual_use_facilities", dual_use_facilities, needs=("facility",)),
)
