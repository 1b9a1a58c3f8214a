"""Numbers outside the range that the world knows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.families import Family
from cim.etl.checks.findings import Finding

Range = tuple[str, float, float, str]


@cache
def ranges() -> dict[str, list[Range]]:
    """Return column, lowest, highest and unit by theme."""
    text = (resources.files("cim.etl.checks") / "ranges.csv").read_text(encoding="utf-8")
    out: dict[str, list[Range]] = {}
    for row in csv.DictReader(text.splitlines()):
        told = (row["column"], float(row["lowest"]), float(row["highest"]), row["unit"])
        out.setdefault(row["theme"], []).append(told)
    return out


def look(batch: Batch, context: Context) -> Iterator[Finding]:  # noqa: ARG001 - a family's signature
    """Look at the columns that have a range; what is no number is another check's."""
    for column, lowest, highest, unit in ranges().get(batch.theme, []):
        if column not in batch.frame:
            continue
        numbers = numbers_of(batch.frame[column])
        with np.errstate(invalid="ignore"):
            rows = np.flatnonzero((numbers < lowest) | (numbers > highest))
        if len(rows):
            values = {"value": numbers[rows], "lowest": lowest, "highest": highest, "unit": unit, "column": column}
            yield Finding("value.implausible", rows, values)


def numbers_of(values: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Return a column as numbers, NaN where it says none."""
    if values.dtype.kind in "fiu":
        return values.to_numpy(dtype=np.float64)
    return pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


FAMILY = Family(themes=None, batch=look)
