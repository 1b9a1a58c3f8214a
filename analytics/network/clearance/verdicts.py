"""Findings and their verdict: what was measured, what is asked for, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.analytics.network.rules.tables import CLASSES, Rule

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

VERDICTS: Mapping[str, tuple[str, str]] = {
    "violation": ("违反", "nearer than asked, even if the survey is off by its tolerance"),
    "suspected": ("疑似", "within the survey's tolerance of what is asked: cannot be told"),
    "compliant": ("满足", "far enough, even if the survey is off by its tolerance"),
}
"""Verdict: word in Chinese, and what it means."""

COLUMNS = (
    "rule", "feature_id", "other_id", "other_kind", "class_a", "class_b", "verdict", "too_near", "measured_m",
    "required_m", "tolerance_m", "space_m", "clause", "confidence", "status", "x", "y", "z",
)  # fmt: skip
"""Columns of findings."""


WORDS = (*CLASSES, "pipe", "carriageway", "footway")
"""What classes and kinds are called; measurements name them by their places here."""


@dataclass(frozen=True)
class Judged:
    """What one rule found."""

    findings: pd.DataFrame
    """`COLUMNS`; those that keep what is asked beyond doubt are only counted."""
    tally: Mapping[tuple[str, str, bool], int] = field(default_factory=dict)
    """(rule, verdict, measured below what is asked): pairs."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What could not be judged: code of `cim.analytics.reasons` and count."""


def verdicts(measured: Floats, required: Floats, tolerance: Floats) -> tuple[Integers, Bools]:
    """Return the verdict of each measurement as its place in `VERDICTS`, and whether it falls short as measured.

    Parameters
    ----------
    measured, required
        Metres.
    tolerance
        How far the measurement may be off, metres: of two pipes the root of the sum of squares.
    """
    # Half a millimetre: what is drawn at 0.150 keeps 0.15.
    short = measured < required - 5e-4
    certain = measured + tolerance < required
    safe = measured - tolerance >= required
    return np.select([certain, safe], [0, 2], 1).astype(np.int64), short


def judged(
    rule: str,
    rows: Mapping[str, npt.NDArray[Any]],
    rules: Sequence[Rule],
    index: Integers,
    left_out: Mapping[str, int] | None = None,
    of_kept: Callable[[Integers], Mapping[str, npt.NDArray[Any]]] = lambda _: {},
) -> Judged:
    """Judge the measurements of one rule.

    Parameters
    ----------
    rule
        horizontal, vertical, building or cover.
    rows
        Arrays feature_id, other_id (0: none), measured_m, tolerance_m, space_m, x, y, z, and places in `WORDS` of
        other_kind, class_a, class_b.
    rules, index
        What is asked, and which of it of each row.
    left_out
        Counts to pass on.
    of_kept
        Returns further arrays of `rows`, of some of them only: what takes long is measured of findings alone.
    """
    measured, tolerance = (np.asarray(rows[name], dtype=np.float64) for name in ("measured_m", "tolerance_m"))
    required = np.array([one.required_m for one in rules], dtype=np.float64)[index]
    verdict, short = verdicts(measured, required, tolerance)
    tally: dict[tuple[str, str, bool], int] = {}
    for place, name in enumerate(VERDICTS):
        for told in (False, True):
            count = int(np.count_nonzero((verdict == place) & (short == told)))
            if count:
                tally[rule, name, told] = count
    kept = np.flatnonzero(verdict != list(VERDICTS).index("compliant"))
    frame: dict[str, Any] = {name: value[kept] for name, value in rows.items()}
    frame |= of_kept(kept)
    for name in ("other_kind", "class_a", "class_b"):
        frame[name] = _categories(frame[name], WORDS)
    frame["other_id"] = pd.arrays.IntegerArray(frame["other_id"].astype(np.int64), frame["other_id"] == 0)
    frame["rule"] = _categories(np.zeros(len(kept), np.int64), (rule,))
    frame |= {"required_m": required[kept], "too_near": short[kept]}
    frame["verdict"] = _categories(verdict[kept], tuple(VERDICTS))
    for name in ("clause", "confidence", "status"):
        codes, words = pd.factorize(np.array([getattr(one, name) for one in rules], dtype=object))
        frame[name] = _categories(codes[index[kept]], tuple(words))
    return Judged(pd.DataFrame(frame, index=pd.RangeIndex(len(kept)))[list(COLUMNS)], tally, dict(left_out or {}))


def _categories(codes: npt.NDArray[Any], words: Sequence[str]) -> pd.Categorical[str]:
    """Return words by their places: a byte a row, not a word."""
    return cast("pd.Categorical[str]", pd.Categorical.from_codes(codes, dtype=_dtype(tuple(words)), validate=False))


@cache
def _dtype(words: tuple[str, ...]) -> Any:
    return pd.CategoricalDtype(pd.Index(words))


def gravest_first(findings: pd.DataFrame) -> pd.DataFrame:
    """Return findings as people want to see them: certain ones first, then by the share that is lacking."""
    rank = (findings["verdict"] != "violation").to_numpy(dtype=np.int64)
    asked = np.maximum(findings["required_m"].to_numpy(dtype=np.float64), 1e-3)
    left = findings["measured_m"].to_numpy(dtype=np.float64) / asked
    kept = ~findings["too_near"].to_numpy(dtype=bool)
    order = np.lexsort((findings["other_id"].fillna(0), findings["feature_id"], left, kept, rank))
    return findings.iloc[order].reset_index(drop=True)
