"""C15 to C17, C20, C21: what compounds lack, by their register."""

from __future__ import annotations

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.stock import stock_of
from cim.analytics.examination.tally import flag, tally, totals_at_points


def compound_gap(units: GeoDataFrame, *, admin_unit: GeoDataFrame, supply: str, per_household: float) -> Reading:
    """Sum what compounds are short of, and what they demand: `per_household` for each household.

    A compound of which households or supply are not recorded is missing; where households are, by its demand, else by
    the mean demand of the others.
    """
    compounds, _ = stock_of(admin_unit, ("compound",))
    demand = compounds["households"] * per_household
    there = compounds[supply]
    known = demand.notna() & there.notna()
    if not known.any():
        raise NoData(f"admin_unit/{supply}")
    gap = (demand - there).clip(lower=0).where(known, 0.0)
    size = demand.fillna(demand[known].mean())
    values = pd.DataFrame({"gap": gap, "known": size.where(known, 0.0), "unknown": size.where(~known, 0.0)})
    inside = compounds.geometry.representative_point()
    sums = totals_at_points(units, inside, values)
    short = gap > 0
    evidence = pd.DataFrame({"demand": demand.round(), supply: there, "short": gap.round(), "candidate": False})
    return Reading(
        sums["gap"],
        sums["known"],
        missing_share(sums["known"], sums["unknown"]),
        ("demand_assumed",),
        unknown=sums["unknown"],
        problems=GeoDataFrame(evidence[short], geometry=inside[short]),
        judged=compounds.index[known],
    )


def compounds_lacking(units: GeoDataFrame, *, admin_unit: GeoDataFrame, lacks: str) -> Reading:
    """Count compounds of which the register says that they do not have something: the column `lacks` is false."""
    compounds, _ = stock_of(admin_unit, ("compound",))
    if lacks not in compounds or compounds[lacks].isna().all():
        raise NoData(f"admin_unit/{lacks}")
    without = ~flag(compounds[lacks], compounds.index)
    inside = compounds.geometry.representative_point()
    chosen = without.fillna(False).astype(bool)
    evidence = pd.DataFrame({lacks: False, "households": compounds["households"].replace({np.nan: None})})
    problems = GeoDataFrame(evidence[chosen].assign(candidate=False), geometry=inside[chosen])
    return tally(units, inside, without, problems=problems)


MEASURES = (
    Measure("compound_gap", compound_gap, needs=("admin_unit",)),
    Measure("compounds_lacking", compounds_lacking, needs=("admin_unit",)),
)
