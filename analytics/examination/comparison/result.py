"""What a comparison says: each indicator and unit then, now, and now the old way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """Two examinations compared."""

    then: Mapping[str, Any]
    """What is compared with: city, year, system, run_id, when its data was recorded."""
    now: Mapping[str, Any]
    """What is compared."""
    table: pd.DataFrame
    """A row for each indicator and unit of either: code, unit_id, level, name, name_en, then, now, difference, turn
    (better, worse, same), then_grade, now_grade, grade_turn, changes (tuple of `changes.CHANGES`), old_way (the value
    of now on the extent and by the definition of then), old_way_difference (to then), old_way_turn, old_way_grade,
    why_not (code: why there is no old way, where something changed), then_missing, now_missing (shares), then_low,
    then_high, now_low, now_high, then_extent_m2, now_extent_m2."""
    indicators: Mapping[str, Mapping[str, Any]]
    """By code, those of either: title_zh, title_en, unit_zh, unit_en, level, direction, in_then, in_now, changes."""
    grades: pd.DataFrame
    """How many units have which grade: code, level, then_meets … now_not_assessable."""
    notes: Mapping[str, int]
    """What limits the comparison as a whole: code of `words.NOTES`, and how many."""

    def of(self, code: str) -> pd.DataFrame:
        """Return the rows of one indicator."""
        return self.table[self.table["code"] == code]

    @property
    def changed(self) -> pd.DataFrame:
        """Rows in which extent or definition changed: their plain difference says little."""
        return self.table[self.table["changes"].map(len) > 0]
