"""S01 to S05: shares of people asked who are satisfied, with the size of the sample and its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading
from cim.sampling import MIN_ANSWERS, clustered, too_few

_TOLD = ["having", "sample_size", "low", "high"]


def questionnaire(
    units: GeoDataFrame,
    *,
    statistic: GeoDataFrame,
    admin_unit: GeoDataFrame,
    figure: str,
    min_answers: float = MIN_ANSWERS,
) -> Reading:
    """Return the satisfied over all who were asked.

    A unit's own figure is taken as it was reported, with its interval; a figure of no unit is the city's. A unit that
    has none of its own has those of the units asked inside it: their people added up, and an interval that knows that
    they were asked by place.

    A share of fewer than `min_answers` people is suppressed, since it may tell what one of them said; so is that of a
    neighbour, where a total less the others would tell the one that is.
    """
    rows = statistic[(statistic["figure"] == figure) & (statistic["sample_size"] > 0)]
    if rows.empty:
        raise NoData(f"statistic/{figure}")
    asked = rows.assign(having=rows["value"] * rows["sample_size"] / 100.0)
    told = pd.DataFrame(np.nan, index=units.index, columns=_TOLD)
    by_unit = asked[asked["unit_id"].notna()].drop_duplicates("unit_id").set_index("unit_id")
    inside = _inside(units, by_unit, admin_unit)
    sums = _sums(inside)
    told.loc[sums.index] = sums
    own = by_unit.loc[by_unit.index.isin(units.index), _TOLD]
    told.loc[own.index.astype(units.index.dtype)] = own.to_numpy(dtype=float)
    of_city = asked[asked["unit_id"].isna()]
    if len(of_city):
        told.loc[units["level"] == "city"] = of_city.iloc[0][_TOLD].to_numpy(dtype=float)
    hidden = (told["sample_size"] < min_answers) | told.index.isin(_suppressed(inside, min_answers))
    told = told.mask(hidden)
    notes = ("questionnaire", *(("figures_of_other_year",) if (rows["age_years"] > 0).any() else ()))
    missing = (told["sample_size"].isna() & ~hidden) * 1.0
    interval = told["low"], told["high"]
    return Reading(told["having"], told["sample_size"], missing, notes, interval=interval, suppressed=hidden)


def _inside(units: GeoDataFrame, asked: pd.DataFrame, admin_unit: GeoDataFrame) -> pd.DataFrame:
    """Return the smallest units asked (place) that lie in each unit (unit), with their people."""
    known = asked[asked.index.isin(admin_unit.index)]
    if known.empty:
        return pd.DataFrame(columns=["having", "sample_size", "unit", "place"])
    levels = admin_unit["level"].reindex(known.index)
    known = known[levels == levels.value_counts().idxmax()]
    points = admin_unit.geometry.reindex(known.index).representative_point()
    unit, place = shapely.STRtree(points.to_numpy()).query(units.geometry.to_numpy(), predicate="intersects")
    pairs: pd.DataFrame = known.iloc[place][["having", "sample_size"]]
    return pairs.assign(unit=units.index.to_numpy()[unit], place=known.index.to_numpy()[place])


def _sums(inside: pd.DataFrame) -> pd.DataFrame:
    """Return the people of each unit, with the interval of their share."""
    found = {}
    for one, rows in inside.groupby("unit"):
        low, high = clustered(rows["having"], rows["sample_size"])
        found[one] = (rows["having"].sum(), rows["sample_size"].sum(), 100.0 * low, 100.0 * high)
    return pd.DataFrame.from_dict(found, orient="index", columns=_TOLD)


def _suppressed(inside: pd.DataFrame, least: float) -> set[float]:
    """Return the units asked whose share is not told; the smallest totals first, which leaves most to be told."""
    hidden: set[float] = set()
    for rows in sorted((rows for _, rows in inside.groupby("unit")), key=len):
        few = too_few(rows["sample_size"], least, rows["place"].isin(hidden))
        hidden |= set(rows["place"][few])
    return hidden


MEASURE = Measure("questionnaire", questionnaire, needs=("statistic", "admin_unit"))
