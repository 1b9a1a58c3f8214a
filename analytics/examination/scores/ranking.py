"""Scores of many weightings at once, and the ranks that follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]

SEED = 20240
"""Of the draws: the same examination has the same intervals."""
DRAWS = 2000
"""Weightings drawn."""
SPREAD = 0.5
"""Relative standard deviation of a weight of average size: half as much again, or half as much less."""
_CELLS = 20_000_000  # units × draws scored at a time: 160 MB


def weighted_sum(matrix: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of what is known of each unit.

    Parameters
    ----------
    matrix
        (units, criteria), 0..1; NaN where missing.
    weights
        (draws, criteria), each row sums to 1.

    Returns
    -------
    array
        (draws, units), 0..1; NaN where nothing is known of a unit.
    """
    known = ~np.isnan(matrix)
    total = weights @ known.T
    return (weights @ np.where(known, matrix, 0.0).T) / np.where(total > 0, total, np.nan)


def topsis(matrix: Floats, weights: Floats) -> Floats:
    """Return TOPSIS's closeness to the best of all units, over that to the best and the worst (Hwang and Yoon 1981).

    Columns are divided by their Euclidean length; a unit's distances are over the criteria that are known of it, with
    the weights of these scaled up to 1. Parameters and result as of `weighted_sum`.
    """
    known = ~np.isnan(matrix)
    length = np.sqrt(np.nansum(matrix**2, axis=0))
    scaled = matrix / np.where(length > 0, length, 1.0)
    squares = weights**2
    total = weights @ known.T
    best = np.where(known, scaled - np.max(scaled, axis=0, where=known, initial=-np.inf), 0.0) ** 2
    worst = np.where(known, scaled - np.min(scaled, axis=0, where=known, initial=np.inf), 0.0) ** 2
    to_best, to_worst = np.sqrt(squares @ best.T), np.sqrt(squares @ worst.T)
    both = to_best + to_worst
    # The sum of the known weights scales both distances alike, and so cancels.
    return np.where(total > 0, np.divide(to_worst, both, out=np.ones_like(both), where=both > 0), np.nan)


METHODS: Mapping[str, Callable[[Floats, Floats], Floats]] = {"sum": weighted_sum, "topsis": topsis}
"""How weights and values become a score, by name."""


def drawn_weights(weights: Floats, draws: int, spread: float, seed: int) -> Floats:
    """Return weightings around one, from Dirichlet's distribution.

    Parameters
    ----------
    weights
        (criteria), sum 1: the mean of what is drawn.
    draws
        How many.
    spread
        Relative standard deviation of a weight of average size.
    seed
        Of the generator.

    Returns
    -------
    array
        (draws, criteria), each row sums to 1.
    """
    count = len(weights)
    if count == 1:
        return np.ones((draws, 1))
    # var(w) = w (1 - w) / (k + 1); at w = 1 / n the relative deviation is spread when k + 1 = (n - 1) / spread².
    concentration = max((count - 1) / spread**2 - 1, 1e-3)
    return np.random.default_rng(seed).dirichlet(np.maximum(weights * concentration, 1e-9), size=draws)


def ranks(scores: Floats) -> Floats:
    """Return ranks of scores along the last axis, 1 the best, equals alike; NaN where there is no score."""
    return np.asarray(rankdata(-scores, method="min", axis=-1, nan_policy="omit"), dtype=np.float64)


def rank_intervals(
    matrix: pd.DataFrame, weights: pd.Series[float], method: str, *, draws: int, spread: float, seed: int, worst: int
) -> pd.DataFrame:
    """Return how ranks move when the weights do.

    Returns
    -------
    pd.DataFrame
        Index of the matrix: rank_low and rank_high (5 % and 95 % of the draws lie below), rank_best, rank_worst (of
        all draws), among_worst (share of the draws in which the unit is one of the `worst` last).
    """
    table: Floats = matrix.to_numpy(dtype=float)
    around: Floats = np.asarray(weights, dtype=np.float64)
    found = np.empty((draws, len(table)))
    some = max(1, _CELLS // max(len(table), 1))
    drawn = drawn_weights(around, draws, spread, seed)
    for first in range(0, draws, some):
        found[first : first + some] = ranks(METHODS[method](table, drawn[first : first + some]))
    scored = np.count_nonzero(~np.isnan(found), axis=1, keepdims=True)
    told = ~np.isnan(found[0])
    low, high = np.full(len(table), np.nan), np.full(len(table), np.nan)
    if told.any():
        low[told], high[told] = np.quantile(found[:, told], (0.05, 0.95), axis=0, method="closest_observation")
    last = np.where(told, (found > scored - worst).mean(axis=0), np.nan)
    extremes = (np.where(told, turn(found, axis=0), np.nan) for turn in (np.min, np.max))
    best, least = extremes
    columns = {"rank_low": low, "rank_high": high, "rank_best": best, "rank_worst": least, "among_worst": last}
    return pd.DataFrame(columns, index=matrix.index)
