"""Whether a value or a grade turned for the better or the worse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.analytics.examination.register import Indicator, Standard

_ORDER = {"short": 0, "near": 1, "meets": 2}
_SAME = 1e-9
"""Relative difference below which two values are one."""

Words = npt.NDArray[np.str_]


def turns(
    codes: pd.Series[Any], then: pd.Series[float], now: pd.Series[float], known: Mapping[str, Indicator]
) -> Words:
    """Return better, worse, same, or nothing where either is not known or no direction is the better one.

    Nothing is said of indicators that are not among the known.
    """
    sign = codes.map({code: {"higher": 1.0, "lower": -1.0}.get(one.direction, 0.0) for code, one in known.items()})
    gain = (now - then) * sign
    for code, one in known.items():
        if one.direction == "band" and one.standard is not None:
            rows = codes == code
            gain[rows] = _outside(then[rows], one.standard) - _outside(now[rows], one.standard)
    size = np.maximum(then.abs(), now.abs())
    same = (now - then).abs() <= _SAME * size
    told = [same & codes.isin(list(known)), gain > 0, gain < 0]
    return np.select([part.to_numpy(dtype=bool) for part in told], ["same", "better", "worse"], default="")


def _outside(value: pd.Series[float], standard: Standard) -> pd.Series[float]:
    """Return how far values lie outside the band that is asked for."""
    upper = np.inf if standard.upper is None else standard.upper
    return (standard.value - value).clip(lower=0) + (value - upper).clip(lower=0)


def grade_turns(then: pd.Series[Any], now: pd.Series[Any]) -> Words:
    """Return better, worse, same, or nothing where either has no grade."""
    step = now.map(_ORDER) - then.map(_ORDER)
    told = [step == 0, step > 0, step < 0]
    return np.select([part.to_numpy(dtype=bool) for part in told], ["same", "better", "worse"], default="")
