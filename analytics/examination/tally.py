"""Things that have a fault, have none, or of which nobody knows: counted by unit, the unknown never as none."""

from __future__ import annotations

from typing import Any

import pandas as pd
from geopandas import GeoDataFrame, GeoSeries

from cim.analytics.examination.inside import sums_inside
from cim.analytics.examination.measure import OnFoot, Reading, Seen, missing_share


def totals_at_points(units: GeoDataFrame, points: GeoSeries, values: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of several values of the points in each unit (index of the units, columns of the values)."""
    return pd.DataFrame(sums_inside(units, points, values.to_numpy(dtype=float)), units.index, values.columns)


def tally(
    units: GeoDataFrame,
    places: GeoSeries,
    fault: pd.Series[Any],
    *,
    weight: pd.Series[float] | float = 1.0,
    notes: tuple[str, ...] = (),
    problems: GeoDataFrame | None = None,
    on_foot: OnFoot | None = None,
    seen: pd.Series[bool] | None = None,
) -> Reading:
    """Return faults over what could be judged, by unit.

    Parameters
    ----------
    units
        Units examined.
    places
        A point for each thing.
    fault
        True, false, or missing where nobody knows (index of the places).
    weight
        What each thing counts: 1, or metres, dwellings, square metres.
    notes, problems, on_foot
        Handed on.
    seen
        Of what registers pre-screen: whether a survey looked at it (index of the places).
    """
    known = fault.notna()
    has = fault.fillna(False).astype(bool)
    values = pd.DataFrame({"has": has * weight, "known": known * weight, "unknown": ~known * weight})
    if seen is not None:
        values = values.assign(found=(has & seen) * weight, seen=(known & seen) * weight)
    sums = totals_at_points(units, places, values.astype(float))
    return Reading(
        sums["has"],
        sums["known"],
        missing_share(sums["known"], sums["unknown"]),
        notes,
        unknown=sums["unknown"],
        problems=problems,
        on_foot=on_foot,
        seen=None if seen is None else Seen(sums["found"], sums["seen"]),
        judged=places.index[known],
    )


def flag(value: Any, index: pd.Index[Any]) -> pd.Series[Any]:
    """Return truth values that may be missing, as a series of that index."""
    return pd.Series(value, index=index).astype("boolean")
