"""D31, D41, D42, D44 to D46, D48, D50, D51, D61: figures that a department or a questionnaire reports."""

from __future__ import annotations

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.built_up import built_up
from cim.analytics.examination.measure import Measure, NoData, Reading
from cim.analytics.examination.overlay import area_in_units


def reported_share(
    units: GeoDataFrame, *, statistic: GeoDataFrame, builtup_area: GeoDataFrame, numerator: str, denominator: str
) -> Reading:
    """Take two figures as reported. The built-up area, where it is not, is that of the map."""
    above, notes = _figure(units, statistic, numerator)
    built, _ = built_up(builtup_area)
    if denominator == "builtup_km2" and built is not None and not (statistic["figure"] == denominator).any():
        below = area_in_units(units, np.array([built], dtype=object)) / 1e6
    else:
        below, others = _figure(units, statistic, denominator)
        notes = tuple(dict.fromkeys([*notes, *others]))
    return Reading(above, below, _missing(above, below), notes)


def reported_count(units: GeoDataFrame, *, statistic: GeoDataFrame, figure: str) -> Reading:
    """Take a number of events as reported, over the one year that it is for."""
    value, notes = _figure(units, statistic, figure)
    return Reading(value, value.notna() * 1.0, _missing(value), notes)


def reported_value(units: GeoDataFrame, *, statistic: GeoDataFrame, figure: str) -> Reading:
    """Take a figure as reported, with the interval of its sample where it has one."""
    value, notes = _figure(units, statistic, figure)
    low, high = (_of_units(units, statistic, figure, column) for column in ("low", "high"))
    return Reading(value, value.notna() * 1.0, _missing(value), notes, interval=(low, high))


def _figure(units: GeoDataFrame, statistic: GeoDataFrame, figure: str) -> tuple[pd.Series[float], tuple[str, ...]]:
    """Return a figure by unit, missing where it is not reported, and what limits it."""
    rows = statistic[statistic["figure"] == figure]
    if rows.empty:
        raise NoData(f"statistic/{figure}")
    notes = ("reported", *(("figures_of_other_year",) if (rows["age_years"] > 0).any() else ()))
    return _of_units(units, statistic, figure, "value"), notes


def _of_units(units: GeoDataFrame, statistic: GeoDataFrame, figure: str, column: str) -> pd.Series[float]:
    """Return a column of a figure by unit; what is reported of no unit is of the city."""
    rows = statistic[statistic["figure"] == figure]
    by_unit = rows[rows["unit_id"].notna()].drop_duplicates("unit_id").set_index("unit_id")[column]
    value = by_unit.reindex(units.index)
    of_city = rows[rows["unit_id"].isna()][column]
    if len(of_city):
        value = value.mask(value.isna() & (units["level"] == "city"), of_city.iloc[0])
    result: pd.Series[float] = value.astype(float)
    return result


def _missing(*figures: pd.Series[float]) -> pd.Series[float]:
    """Return 1 where a figure is missing: half of a share is none."""
    return pd.concat(figures, axis=1).isna().any(axis=1) * 1.0


MEASURES = (
    Measure("reported_share", reported_share, needs=("statistic",), uses=("builtup_area",)),
    Measure("reported_count", reported_count, needs=("statistic",)),
    Measure("reported_value", reported_value, needs=("statistic",)),
)
