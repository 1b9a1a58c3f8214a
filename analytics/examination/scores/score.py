"""A score for each unit of a level, always with its rank interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cim.analytics.examination.register import Register
from cim.analytics.examination.scores.attainment import MOST_MISSING, attainment
from cim.analytics.examination.scores.judgements import spread_over
from cim.analytics.examination.scores.ranking import DRAWS, METHODS, SEED, SPREAD, Floats, rank_intervals, ranks
from cim.analytics.examination.scores.weights import WEIGHTS
from cim.errors import CimError
from cim.store import Store
from cim.viewer import LOCAL, Viewer

if TYPE_CHECKING:
    from cim.analytics.examination.examine import Examination

WORST_SHARE = 1 / 6
"""Share of the units that count as the worst unless told: 20 of 120."""


class NothingToScore(CimError):
    """No two units of a level differ in any indicator that has a standard."""

    def __init__(self, level: str) -> None:
        super().__init__(
            f"nothing tells the units of level {level} apart: score another level, or examine a system with standards"
        )


@dataclass(frozen=True)
class Scores:
    """Composite scores of the units of a level. There is no score here without the interval of its rank."""

    level: str
    """Level of the units."""
    weighting: str
    """Where the weights come from: equal, entropy, critic or ahp."""
    method: str
    """How they become a score: sum or topsis."""
    table: pd.DataFrame
    """Index unit id, the best first: name, score (0..1), rank, rank_low, rank_high (5 % and 95 % of the weightings
    drawn), rank_best, rank_worst (of all drawn), among_worst (share of them in which it is one of the last), covered
    (share of the weights for which its values are known), rank_equal, rank_entropy, rank_critic."""
    weights: pd.Series[float]
    """Weight of each indicator, sum 1."""
    left_out: Mapping[str, str]
    """Indicators that are no criterion, and why."""
    consistency_ratio: float | None
    """Of the judgements, for AHP."""
    draws: int
    """Weightings drawn."""
    spread: float
    """Relative standard deviation of a weight of average size."""
    seed: int
    """Of the draws."""
    worst: int
    """How many of the last count as the worst."""

    @property
    def plain(self) -> list[dict[str, Any]]:
        """The table as plain values: whole ranks, and None for what is not known."""
        ranked = [name for name in self.table.columns if name.startswith("rank")]
        whole = self.table.astype(dict.fromkeys(ranked, "Int64")).rename_axis("unit_id").reset_index()
        return [
            {str(name): None if pd.isna(value) else value for name, value in row.items()}
            for row in whole.astype(object).to_dict("records")
        ]

    @property
    def settled_worst(self) -> int:
        """Return how many units are among the worst in every weighting but one in twenty."""
        return int((self.table["among_worst"] >= 0.95).sum())


def scores(
    exam: Examination,
    level: str = "community",
    *,
    weights: str | pd.DataFrame = "equal",
    method: str = "sum",
    draws: int = DRAWS,
    spread: float = SPREAD,
    seed: int = SEED,
    worst: int | None = None,
) -> Scores:
    """Score the units of an examination.

    Parameters
    ----------
    exam
        What `examine` returned.
    level
        Level of the units.
    weights
        equal, entropy or critic; or judgements (AHP): how many times more important the row is than the column, of
        indicators, dimensions or official levels.
    method
        sum or topsis.
    draws, spread, seed
        How many weightings are drawn around the weights, how far they go, and the generator's seed.
    worst
        How many of the last count as the worst; None: a sixth of the units.

    Raises
    ------
    NothingToScore
        No two units differ in anything that has a standard.
    BadJudgements
        The judgements are incomplete or contradict one another.
    """
    return scored(
        exam.table, exam.register, exam.units["name"], level, weights=weights, method=method, draws=draws,
        spread=spread, seed=seed, worst=worst,
    )  # fmt: skip


def kept_scores(
    store: Store,
    viewer: Viewer = LOCAL,
    *,
    year: int | None = None,
    system: str | None = None,
    level: str = "community",
    weights: str | pd.DataFrame = "equal",
    method: str = "sum",
) -> Scores:
    """Score the units of the newest kept examination, or of a year's.

    Raises
    ------
    NoExamination, NothingToScore, BadJudgements
        There is none; nothing tells its units apart; the judgements cannot be used.
    """
    from cim.analytics.examination.comparison.side import kept_side

    side = kept_side(store, viewer, year=year, system=system)
    return scored(side.table, side.register, side.units["name"], level, weights=weights, method=method)


def scored(
    table: pd.DataFrame,
    register: Register,
    names: pd.Series[str],
    level: str,
    *,
    weights: str | pd.DataFrame,
    method: str,
    draws: int = DRAWS,
    spread: float = SPREAD,
    seed: int = SEED,
    worst: int | None = None,
) -> Scores:
    """Score units from the rows of an examination: the pure part of `scores`."""
    matrix, left_out = attainment(table, register.indicators, level)
    if matrix.empty or not len(matrix.columns):
        raise NothingToScore(level)
    consistency = None
    if isinstance(weights, str):
        chosen = WEIGHTS[weights](matrix)
    else:
        chosen, consistency = spread_over(weights, matrix.columns, register)
    matrix = matrix[chosen.index]
    covered = (matrix.notna() * chosen).sum(axis=1)
    # Of a unit of which too little is known no score is told.
    judged = matrix.mask(covered < 1 - MOST_MISSING)
    numbers: Floats = judged.to_numpy(dtype=float)
    score = METHODS[method](numbers, _one(chosen))[0]
    found = pd.DataFrame(
        {"name": names.reindex(matrix.index), "score": score, "rank": ranks(score)}, index=matrix.index
    )
    last = max(1, round(len(found) * WORST_SHARE)) if worst is None else min(worst, len(found))
    found = found.join(rank_intervals(judged, chosen, method, draws=draws, spread=spread, seed=seed, worst=last))
    found["covered"] = covered
    for name, weighting in WEIGHTS.items():
        other = METHODS[method](numbers, _one(weighting(matrix)))[0]
        found[f"rank_{name}"] = ranks(other)
    return Scores(
        level,
        weights if isinstance(weights, str) else "ahp",
        method,
        found.sort_values(["rank", "name"], na_position="last", kind="stable"),
        chosen,
        left_out,
        consistency,
        draws,
        spread,
        seed,
        last,
    )


def _one(weights: pd.Series[float]) -> Floats:
    """Return weights as the only row of a table."""
    return np.asarray(weights, dtype=np.float64)[None, :]
