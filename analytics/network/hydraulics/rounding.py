"""Digits that a model's numbers deserve: what is kept is not more exact than what it was made from."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

_DIGITS: Mapping[str, int] = {"m": 3, "m3": 2, "m3s": 7, "s": 3, "share": 6, "filling": 4, "minutes": 1}
"""Digits by the last part of a column's name, which carries the unit: millimetres, tenths of a millilitre a second."""


def rounded(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with their measured columns rounded."""
    digits = {name: _DIGITS[last] for name in rows.columns if (last := str(name).rpartition("_")[2]) in _DIGITS}
    return rows.round(digits)
