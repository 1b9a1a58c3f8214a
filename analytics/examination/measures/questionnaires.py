"""S01 to S05: shares of people asked who are satisfied, with the size of the sample and its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading
from cim.sampling import clustered


def questionnaire(units: GeoDataFrame, *, statistic: GeoDataFrame, admin_unit: GeoDataFrame, figure: str) -> Reading:
    """Return the satisfied over all who were asked.

    A unit's own figure is taken as it was reported, with its interval; a figure of no unit is the city's. A unit that
    has none of its own has those of the units asked inside it: their people added up, and an interval that knows that
    they were asked by place.
    """
    rows = statistic[(statistic["figure"] == figure) & (statistic["sample_size"] > 0)]
    if rows.empty:
        raise NoData(f"statistic/{figure}")
    asked = rows.assign(having=rows["value"] * rows["sample_size"] / 100.0)
    told = pd.DataFrame(np.nan, index=units.index, columns=["having", "sample_size", "low", "high"])
    inside = _inside(units, asked[asked["unit_id"].notna()], admin_unit)
    told.loc[inside.index] = inside
    own = asked[asked["unit_id"].notna()].drop_duplicates("unit_id").set_index("unit_id")
    own = own.loc[own.index.isin(units.index), list(told.columns)]
    told.loc[own.index.astype(units.index.dtype)] = own.to_numpy(dtype=float)
    of_city = asked[asked["unit_id"].isna()]
    if len(of_city):
        told.loc[units["level"] == "city"] = of_city.iloc[0][list(told.columns)].to_numpy(dtype=float)
    notes = ("questionnaire", *(("figures_of_other_year",) if (rows["age_years"] > 0).any() else ()))
    missing = told["sample_size"].isna() * 1.0
    return Reading(told["having"], told["sample_size"], missing, notes, interval=(told["low"], told["high"]))


def _inside(units: GeoDataFrame, asked: pd.DataFrame, admin_unit: GeoDataFrame) -> pd.DataFrame:
    """Return the people of the smallest units asked that lie in each unit, with the interval of their share."""
    known = asked.drop_duplicates("unit_id").set_index("unit_id")
    known = known[known.index.isin(admin_unit.index)]
    levels = admin_unit["level"].reindex(known.index)
    if known.empty:
        return pd.DataFrame(columns=["having", "sample_size", "low", "high"], index=units.index[:0], dtype=float)
    known = known[levels == levels.value_counts().idxmax()]
    points = admin_unit.geometry.reindex(known.index).representative_point()
    unit, place = shapely.STRtree(points.to_numpy()).query(units.geometry.to_numpy(), predicate="intersects")
    pairs = known.iloc[place][["having", "sample_size"]].assign(unit=units.index.to_numpy()[unit])
    found = {}
    for one, rows in pairs.groupby("unit"):
        low, high = clustered(rows["having"], rows["sample_size"])
        found[one] = (rows["having"].sum(), rows["sample_size"].sum(), 100.0 * low, 100.0 * high)
    return pd.DataFrame.from_dict(found, orient="index", columns=["having", "sample_size", "low", "high"])


MEASURE = Measure("questionnaire", questionnaire, needs=("statistic", "admin_unit"))
