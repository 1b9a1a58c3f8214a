"""Weights of indicators: equal, by entropy, by CRITIC, or from people's judgements (AHP).

Our own few lines on numpy: pymcdm (MIT, alive) computes the same, but would bring matplotlib into every installation
for it, and knows nothing of missing values. Its numbers are the fixture that the tests hold these functions against.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.errors import CimError

Floats = npt.NDArray[np.float64]

# Saaty's mean consistency index of judgements made at random, for 1 to 15 things (1980).
_RANDOM = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
MOST_INCONSISTENT = 0.10
"""Consistency ratio above which judgements contradict one another too much (Saaty)."""
_SCALE = 9.0  # Saaty: nine times more important is the most that people can judge


class BadJudgements(CimError):
    """Judgements of importance are incomplete, out of range, or contradict one another."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"judgements of importance: {what}: {remedy}")


@dataclass(frozen=True)
class Judged:
    """Weights that follow from judgements."""

    weights: pd.Series[float]
    """Sum 1; index what was judged."""
    consistency_ratio: float
    """0: no contradiction; above `MOST_INCONSISTENT` the judgements are to be made again."""
    largest_eigenvalue: float
    """Equal to the number of things judged where nothing contradicts."""


def equal(matrix: pd.DataFrame) -> pd.Series[float]:
    """Return the same weight for every column; they sum to 1."""
    return pd.Series(1.0 / len(matrix.columns), index=matrix.columns)


def entropy(matrix: pd.DataFrame) -> pd.Series[float]:
    """Return Shannon's weights: the more unevenly a column is spread over the units, the more it tells them apart.

    Parameters
    ----------
    matrix
        Units in rows, criteria in columns, values not below zero, more is better; what is missing is left out.

    Returns
    -------
    pd.Series
        Sum 1, index the columns; equal ones where no column tells anything.
    """
    shares = matrix / matrix.sum()
    terms = shares * np.log(shares.where(shares > 0))
    known = matrix.notna().sum()
    spread = 1 + terms.sum() / np.log(known.where(known > 1))
    return _normal(spread.clip(lower=0).fillna(0.0))


def critic(matrix: pd.DataFrame) -> pd.Series[float]:
    """Return CRITIC's weights (Diakoulaki et al. 1995): standard deviation times conflict with the other columns.

    Columns are stretched to 0..1 first. The conflict of two columns is 1 less their correlation, over the units that
    have both; 1 where that cannot be told.

    Parameters
    ----------
    matrix
        Units in rows, criteria in columns, more is better.

    Returns
    -------
    pd.Series
        Sum 1, index the columns; equal ones where no column tells anything.
    """
    span = matrix.max() - matrix.min()
    stretched = (matrix - matrix.min()) / span.where(span > 0)
    conflict = (1 - stretched.corr(min_periods=3).fillna(0.0)).to_numpy(copy=True)
    np.fill_diagonal(conflict, 0.0)
    return _normal((stretched.std() * conflict.sum(axis=0)).fillna(0.0))


def _normal(raw: pd.Series[float]) -> pd.Series[float]:
    total = raw.sum()
    return raw / total if total > 0 else pd.Series(1.0 / len(raw), index=raw.index)


def judged(ratios: pd.DataFrame, *, most_inconsistent: float = MOST_INCONSISTENT) -> Judged:
    """Return the weights of AHP: the principal eigenvector of the judgements.

    Parameters
    ----------
    ratios
        How many times more important the row is than the column, 1/9 to 9; square, reciprocal, 1 on the diagonal.
    most_inconsistent
        Consistency ratio above which the judgements are refused.

    Raises
    ------
    BadJudgements
        They are no such matrix, or contradict one another.
    """
    table: Floats = ratios.to_numpy(dtype=float)
    _check(ratios, table)
    values, vectors = np.linalg.eig(table)
    place = int(np.argmax(values.real))
    vector = np.abs(vectors[:, place].real)
    weights = pd.Series(vector / vector.sum(), index=ratios.index)
    count, largest = len(table), float(values[place].real)
    index = (largest - count) / (count - 1) if count > 2 else 0.0
    ratio = max(index / random_index(count), 0.0) if count > 2 else 0.0
    if ratio > most_inconsistent:
        one, other, told = _worst(ratios, weights)
        raise BadJudgements(
            f"consistency ratio {ratio:.2f} is above {most_inconsistent:g}",
            f"judge again, first {one} against {other}: the others make it {told:.1f}",
        )
    return Judged(weights, ratio, largest)


def random_index(count: int) -> float:
    """Return the mean consistency index of random judgements; beyond 15 things by Alonso and Lamata's line (2006)."""
    if count <= len(_RANDOM):
        return _RANDOM[count - 1]
    return (2.7699 * count - 4.3513 - count) / (count - 1)


def _check(ratios: pd.DataFrame, table: Floats) -> None:
    if list(ratios.index) != list(ratios.columns) or not len(table):
        raise BadJudgements("rows and columns differ", "judge the same things in both")
    if np.isnan(table).any():
        row, column = np.argwhere(np.isnan(table))[0]
        raise BadJudgements(
            f"nothing is said of {ratios.index[row]} against {ratios.columns[column]}", "judge every pair"
        )
    if (table < 1 / _SCALE - 1e-9).any() or (table > _SCALE + 1e-9).any():
        raise BadJudgements("a ratio is not between 1/9 and 9", "nine times more important is the most to be judged")
    if not np.allclose(table * table.T, 1.0, rtol=1e-6):
        raise BadJudgements("a pair is judged differently from its two sides", "let one be 1 / the other")


def _worst(ratios: pd.DataFrame, weights: pd.Series[float]) -> tuple[str, str, float]:
    """Return the pair that contradicts the others most, and the ratio that the others make of it."""
    told = weights.to_numpy()[:, None] / weights.to_numpy()[None, :]
    row, column = divmod(int(np.argmax(ratios.to_numpy() / told)), len(told))
    return str(ratios.index[row]), str(ratios.columns[column]), float(told[row, column])


WEIGHTS: Mapping[str, Callable[[pd.DataFrame], pd.Series[float]]] = {
    "equal": equal,
    "entropy": entropy,
    "critic": critic,
}
"""Weights that follow from the values alone, by name."""
