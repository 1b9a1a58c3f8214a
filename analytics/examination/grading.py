"""From numerators and denominators to values, and from values to grades."""

from __future__ import annotations

from dataclasses import replace
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Reading
from cim.analytics.examination.register import Grading, Indicator
from cim.analytics.reasons import joined

Grades = npt.NDArray[np.str_]
_SLACK = 1e-9
"""Shares of sums of metres and square metres are equal to this."""


def graded(indicator: Indicator, reading: Reading, grading: Grading, units: GeoDataFrame | None = None) -> pd.DataFrame:
    """Return what `result.indicator` keeps of each unit (index of the units).

    Parameters
    ----------
    indicator
        With its form, scale and standard.
    reading
        What its measure found.
    grading
        The system's rules.
    units
        Units examined; they give the extent where the reading gives none.

    Returns
    -------
    pd.DataFrame
        value, numerator, denominator, missing_share, standard, grade, reason, low, high, on_foot, on_foot_missing,
        extent, extent_m2. A value is null where it cannot be told; it stands without a grade where too much is missing
        or no standard is set.
    """
    value = _value(indicator, reading.numerator, reading.denominator)
    verified = _verified(reading)
    found = _value(indicator, verified.numerator, verified.denominator)
    grade = pd.Series(_grade(indicator, verified, found, grading), index=value.index)
    capped = (grade == "meets") & (verified.numerator > 0) & indicator.hazard
    grade = grade.mask(capped, "near")
    much_missing = reading.missing_share > grading.missing_share_max
    unseen = _unseen(reading)
    suppressed = pd.Series(data=False, index=value.index) if reading.suppressed is None else reading.suppressed
    why = {
        "too_few_answers": suppressed,
        "no_stock": value.isna() & (reading.missing_share == 0) & ~suppressed,
        "too_much_missing": much_missing,
        "prescreened": (unseen > grading.missing_share_max) & value.notna() & ~much_missing,
        _unset(indicator): pd.Series(indicator.standard is None, index=value.index),
    }
    ungraded = pd.concat(why, axis=1).any(axis=1) | value.isna()
    notes = {
        "partly_missing": (reading.missing_share > 0) & ~why["too_much_missing"],
        "partly_prescreened": (unseen > reading.missing_share + _SLACK) & ~why["prescreened"] & value.notna(),
        "hazard_capped": capped & ~ungraded,
        **dict.fromkeys(reading.notes, value.notna()),
    }
    reasons = pd.concat(why | notes, axis=1)
    return pd.DataFrame(
        {
            "value": value,
            "numerator": reading.numerator.where(value.notna()),
            "denominator": reading.denominator,
            "missing_share": reading.missing_share,
            "standard": indicator.standard.value if indicator.standard else np.nan,
            "grade": grade.mask(ungraded, "not_assessable"),
            "reason": _reasons(reasons),
            **_beside(indicator, reading, value, units),
        }
    )


def _verified(reading: Reading) -> Reading:
    """Return what a grade follows from: where registers pre-screen, that which surveyors looked at, and no more."""
    if reading.seen is None:
        return reading
    return replace(reading, numerator=reading.seen.numerator, denominator=reading.seen.denominator)


def _unseen(reading: Reading) -> pd.Series[float]:
    """Return the share that nobody looked at where registers pre-screen, the missing among it; else the missing."""
    if reading.seen is None:
        return reading.missing_share
    seen = reading.seen.denominator / reading.denominator.where(reading.denominator > 0)
    return 1 - (1 - reading.missing_share) * seen.fillna(1.0)


def _reasons(held: pd.DataFrame) -> list[str | None]:
    """Return the codes that hold of each unit as one text; most units have the same."""
    rows, codes = held.to_numpy(dtype=bool), held.columns.tolist()
    told = {row: joined(compress(codes, row)) for row in set(map(tuple, rows.tolist()))}
    return [told[row] for row in map(tuple, rows.tolist())]


def _unset(indicator: Indicator) -> str:
    """Return why an indicator may have no standard."""
    return f"bad_standard:{indicator.bad_standard}" if indicator.bad_standard else "no_standard"


def _beside(
    indicator: Indicator, reading: Reading, value: pd.Series[float], units: GeoDataFrame | None
) -> dict[str, Any]:
    """Return what stands beside a value: its interval, the same on foot, and the extent that it was taken over."""
    low, high = _interval(indicator, reading)
    foot = reading.on_foot
    extent = reading.extent_m2 if units is None or reading.extent_m2 is not None else units.geometry.area
    return {
        "low": low.where(value.notna()),
        "high": high.where(value.notna()),
        "on_foot": _value(indicator, foot.numerator, foot.denominator) if foot else np.nan,
        "on_foot_missing": foot.missing_share if foot else np.nan,
        "extent": reading.extent,
        "extent_m2": np.nan if extent is None else extent,
    }


def _interval(indicator: Indicator, reading: Reading) -> tuple[pd.Series[float], pd.Series[float]]:
    """Return the value if all that is unknown were without, and if all of it were with, what the numerator counts."""
    if reading.interval is not None:
        return reading.interval
    unknown = reading.unknown
    if unknown is None or not (indicator.form == "count" or indicator.scale == 100):
        nothing = pd.Series(np.nan, index=reading.numerator.index)
        return nothing, nothing
    unknown = unknown.where(unknown > 0)
    low, high = reading.numerator + 0 * unknown, reading.numerator + unknown
    if indicator.form == "count":
        return low, high
    whole = reading.denominator + unknown
    return low / whole * indicator.scale, high / whole * indicator.scale


def not_assessable(indicator: Indicator, units: pd.Index[int], reason: str) -> pd.DataFrame:
    """Return the rows of units for which nothing is known, in the columns of `graded`."""
    columns = ["value", "numerator", "denominator", "missing_share"]
    frame = pd.DataFrame(np.nan, index=units, columns=columns).assign(missing_share=1.0)
    standard = indicator.standard.value if indicator.standard else np.nan
    frame = frame.assign(standard=standard, grade="not_assessable", reason=reason)
    rest = dict.fromkeys(("low", "high", "on_foot", "on_foot_missing"), np.nan)
    return frame.assign(**rest, extent=None, extent_m2=np.nan)


def _value(indicator: Indicator, numerator: pd.Series[float], denominator: pd.Series[float]) -> pd.Series[float]:
    """Return the value in the indicator's unit; NaN where the unit has nothing of what is counted."""
    has_stock = denominator > 0
    if indicator.form == "count":
        return numerator.where(has_stock)
    return (numerator / denominator.where(has_stock)) * indicator.scale


def _grade(indicator: Indicator, reading: Reading, value: pd.Series[float], grading: Grading) -> Grades:
    """Return meets, near or short for each value; what cannot be graded is masked by the caller.

    Ratios: near from `near_share` of the target on; where lower is better, while the target is at least that share of
    the value. Counts that should be zero: by their share of the stock counted. Bands: near within the same margin.
    """
    standard = indicator.standard
    if standard is None:
        return np.full(len(value), "short")
    if standard.op == "==" or (standard.op == "<=" and standard.value == 0):
        off = (value - standard.value).abs()
        share = off / (reading.denominator if indicator.form == "count" else indicator.scale)
        meets, near = share < grading.meets_problem_share, share < grading.near_problem_share
        meets |= off == 0
    else:
        low = -np.inf if standard.op == "<=" else standard.value
        high = standard.value if standard.op == "<=" else standard.upper or np.inf
        meets = (value >= low) & (value <= high)
        near = (value >= low * grading.near_share) & (value * grading.near_share <= high)
    return np.select([meets, near], ["meets", "near"], default="short")
