"""Judgements of importance (AHP) from a file, and their weights spread over the indicators."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from cim.analytics.examination.register import Indicator, Register
from cim.analytics.examination.scores.weights import BadJudgements, judged


def read_judgements(path: Path) -> pd.DataFrame:
    """Read judgements: a CSV with columns `one`, `other` and `ratio` (how many times more important one is, 3 or 1/3).

    Returns
    -------
    pd.DataFrame
        A square of ratios; NaN where a pair is not judged.

    Raises
    ------
    BadJudgements
        The file is no such table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadJudgements(str(path), f"give a CSV file in UTF-8 ({error})") from None
    if not rows or {"one", "other", "ratio"} - set(rows[0]):
        raise BadJudgements(path.name, "give columns one, other and ratio, a row for each pair")
    names = list(dict.fromkeys(row[side].strip() for row in rows for side in ("one", "other")))
    table = pd.DataFrame(np.where(np.eye(len(names)), 1.0, np.nan), index=names, columns=names)
    for line, row in enumerate(rows, start=2):
        one, other, ratio = row["one"].strip(), row["other"].strip(), _ratio(path, line, row["ratio"])
        table.loc[one, other], table.loc[other, one] = ratio, 1 / ratio
    return table


def _ratio(path: Path, line: int, text: str) -> float:
    try:
        ratio = float(Fraction(text.strip()))
    except (ValueError, ZeroDivisionError):
        ratio = 0.0
    if ratio <= 0:
        raise BadJudgements(f"{path.name}, line {line}: ratio {text!r}", "give a number such as 3 or 1/3")
    return ratio


def spread_over(ratios: pd.DataFrame, codes: Iterable[str], register: Register) -> tuple[pd.Series[float], float]:
    """Return the weight of each indicator by judgements of indicators, dimensions or official levels.

    What is judged shares its weight out evenly to its indicators; indicators of which nothing was judged count nothing
    and are left out, and things judged that have no indicator share theirs out to the others.

    Returns
    -------
    weights
        Sum 1, index the codes that have any.
    consistency_ratio
        Of the judgements.

    Raises
    ------
    BadJudgements
        They contradict one another, or name nothing that is examined.
    """
    found = judged(ratios)
    groups: dict[str, list[str]] = {}
    for code in codes:
        name = next((name for name in _names(code, register.indicators[code]) if name in found.weights.index), None)
        if name is not None:
            groups.setdefault(name, []).append(code)
    if not groups:
        raise BadJudgements(
            f"{', '.join(map(str, ratios.index[:3]))} … name nothing that is examined",
            "name codes (C12), dimensions as the register has them, or levels (housing, community, block, city)",
        )
    weights = {code: found.weights[name] / len(group) for name, group in groups.items() for code in group}
    series = pd.Series(weights)
    return series / series.sum(), found.consistency_ratio


def _names(code: str, indicator: Indicator) -> tuple[str, ...]:
    """Return the names under which an indicator may be judged, the closest first."""
    return code, indicator.dimension.en, indicator.dimension.zh, indicator.level
