"""From numerators and denominators to values, and from values to grades."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.analytics.examination.measure import Reading
from cim.analytics.examination.register import Grading, Indicator
from cim.analytics.reasons import joined

Grades = npt.NDArray[np.str_]


def graded(indicator: Indicator, reading: Reading, grading: Grading) -> pd.DataFrame:
    """Return what `result.indicator` keeps of each unit (index of the units).

    Parameters
    ----------
    indicator
        With its form, scale and standard.
    reading
        What its measure found.
    grading
        The system's rules.

    Returns
    -------
    pd.DataFrame
        value, numerator, denominator, missing_share, standard, grade, reason. A value is null where it cannot be
        told; it stands without a grade where too much is missing or no standard is set.
    """
    value = _value(indicator, reading)
    grade = pd.Series(_grade(indicator, reading, value, grading), index=value.index)
    why = {
        "no_stock": value.isna() & (reading.missing_share == 0),
        "too_much_missing": reading.missing_share > grading.missing_share_max,
        "no_standard": pd.Series(indicator.standard is None, index=value.index),
    }
    ungraded = pd.concat(why, axis=1).any(axis=1) | value.isna()
    notes = {
        "partly_missing": (reading.missing_share > 0) & ~why["too_much_missing"],
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
            "reason": [joined(reasons.columns[row]) for row in reasons.to_numpy()],
        }
    )


def not_assessable(indicator: Indicator, units: pd.Index[int], reason: str) -> pd.DataFrame:
    """Return the rows of units for which nothing is known, in the columns of `graded`."""
    columns = ["value", "numerator", "denominator", "missing_share"]
    frame = pd.DataFrame(np.nan, index=units, columns=columns).assign(missing_share=1.0)
    standard = indicator.standard.value if indicator.standard else np.nan
    return frame.assign(standard=standard, grade="not_assessable", reason=reason)


def _value(indicator: Indicator, reading: Reading) -> pd.Series[float]:
    """Return the value in the indicator's unit; NaN where the unit has nothing of what is counted."""
    has_stock = reading.denominator > 0
    if indicator.form == "count":
        return reading.numerator.where(has_stock)
    return (reading.numerator / reading.denominator.where(has_stock)) * indicator.scale


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
