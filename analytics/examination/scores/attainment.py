"""How far each unit attains what is asked of it, 0 to 1: the values of different indicators on one scale."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cim.analytics.examination.register import Indicator

MOST_MISSING = 0.5
"""An indicator that more than this share of the units lack is left out, and so is a unit that lacks more than this
share of the weights."""


def attainment(table: pd.DataFrame, known: Mapping[str, Indicator], level: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return how far the units of a level attain the standards.

    A count that should be zero: the share of the stock without the fault. A share or amount: its share of what is
    asked for (of what is asked for in it, where less is better), at most 1. What is missing stays missing, and what is
    merely pre-screened counts as missing: candidates are no verdict.

    Parameters
    ----------
    table
        Rows of an examination: code, unit_id, level, value, numerator, denominator, reason.
    known
        Indicators by code.
    level
        Level of the units.

    Returns
    -------
    matrix
        Units in rows (index unit id), indicators in columns, 0..1, NaN where nothing is known.
    left_out
        Why an indicator is no criterion: no_standard, prescreened, too_much_missing, all_equal.
    """
    rows = table[table["level"] == level]
    columns: dict[str, pd.Series[float]] = {}
    left_out: dict[str, str] = {}
    for code, group in rows.groupby("code", sort=False):
        one = known[str(code)]
        if one.standard is None:
            left_out[str(code)] = "no_standard"
            continue
        candidates = group["reason"].fillna("").str.split(";").map(lambda codes: "prescreened" in codes).to_numpy()
        found = attained(group.set_index("unit_id"), one).mask(candidates)
        if found.isna().mean() > MOST_MISSING:
            left_out[str(code)] = "prescreened" if candidates.any() else "too_much_missing"
        elif found.max() - found.min() < 1e-9:
            left_out[str(code)] = "all_equal"
        else:
            columns[str(code)] = found
    order = [code for code in known if code in columns]
    return pd.DataFrame(columns)[order] if columns else pd.DataFrame(index=rows["unit_id"].unique()), left_out


def attained(rows: pd.DataFrame, indicator: Indicator) -> pd.Series[float]:
    """Return how far values attain the standard of their indicator, 0..1 (index of the rows)."""
    standard = indicator.standard
    if standard is None:
        return pd.Series(np.nan, index=rows.index)
    value = rows["value"].astype(float)
    if standard.op == "==" or (standard.op == "<=" and standard.value == 0):
        whole = rows["denominator"].astype(float) if indicator.form == "count" else indicator.scale
        return (1 - (value - standard.value).abs() / whole).clip(0, 1)
    low = -np.inf if standard.op == "<=" else standard.value
    high = standard.value if standard.op == "<=" else (np.inf if standard.upper is None else standard.upper)
    below = value / low if low > 0 else pd.Series(1.0, index=rows.index).where(value.notna())
    above = high / value.where(value > 0) if np.isfinite(high) else pd.Series(1.0, index=rows.index)
    above = above.where(value > 0, 1.0)
    result: pd.Series[float] = below.where(below < above, above).clip(0, 1).where(value.notna())
    return result
