"""Expected loss a year, its cell in the risk matrix, and its rank with what is not known of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cim.analytics.network.graph import Floats, Integers
from cim.analytics.network.risk.assumptions import Assumptions
from cim.analytics.network.risk.break_model import Rates


def ranked(length_m: Floats, rates: Rates, yuan_per_failure: Floats, assumptions: Assumptions) -> pd.DataFrame:
    """Return expected failures and loss, classes and ranks.

    Parameters
    ----------
    length_m
        (n,) length of each pipe.
    rates
        Failures a kilometre and year.
    yuan_per_failure
        (n,) cost of a failure.
    assumptions
        The risk matrix.

    Returns
    -------
    pandas.DataFrame
        failures_per_100km, failures_low, failures_high, failures_a_year, loss_yuan, loss_low_yuan, loss_high_yuan,
        likelihood_class, consequence_class, risk_class, rank, rank_low, rank_high.

    Notes
    -----
    `rank_low` is the rank that a pipe would have with the loss at the upper end of its interval among the expected
    losses of all others, `rank_high` that at the lower end.
    """
    cost = length_m / 1000.0 * yuan_per_failure
    loss, low, high = rates.mean * cost, rates.low * cost, rates.high * cost
    matrix = assumptions.price("matrix")
    likelihood = 1 + np.searchsorted(matrix["likelihood"], rates.mean * 100.0, side="right")
    consequence = 1 + np.searchsorted(matrix["consequence"], yuan_per_failure, side="right")
    ascending = np.sort(loss)
    order = np.argsort(-loss, kind="stable")
    rank = np.empty(len(loss), dtype=np.int64)
    rank[order] = np.arange(1, len(loss) + 1)
    return pd.DataFrame(
        {
            "failures_per_100km": rates.mean * 100.0,
            "failures_low": rates.low * 100.0,
            "failures_high": rates.high * 100.0,
            "failures_a_year": rates.mean * length_m / 1000.0,
            "loss_yuan": loss,
            "loss_low_yuan": low,
            "loss_high_yuan": high,
            "likelihood_class": likelihood,
            "consequence_class": consequence,
            "risk_class": np.array(matrix["classes"])[likelihood - 1, consequence - 1],
            "rank": rank,
            "rank_low": np.minimum(_place(ascending, high), rank),
            "rank_high": np.maximum(_place(ascending, low), rank),
        }
    )


def _place(ascending: Floats, values: Floats) -> Integers:
    """Return the rank of each value among losses: one more than how many are larger."""
    larger: Integers = len(ascending) - np.searchsorted(ascending, values, side="right")
    return np.clip(larger + 1, 1, max(len(ascending), 1))
