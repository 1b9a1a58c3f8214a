"""Failures of gravity sewers: from their own condition, else from that of similar sewers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cim.analytics.network.graph import Flags, Floats
from cim.analytics.network.risk.assumptions import FEWEST_PER_100KM, Assumptions
from cim.analytics.network.risk.break_model import Z_90, Rates
from cim.analytics.network.risk.reading import Objects

_DECADE = 10.0


@dataclass(frozen=True)
class SewerRates:
    """Failures of sewers."""

    rates: Rates
    """A kilometre and year, with an interval of 90 %."""
    basis: Objects
    """(n,) condition, similar or published."""


def sewer_rates(pipes: pd.DataFrame, found: pd.DataFrame, assumptions: Assumptions, year: float) -> SewerRates:
    """Return the failures to be expected of the sewers of one network.

    Parameters
    ----------
    pipes
        Rows of `CityPipes.pipes` of one network.
    found
        As `condition` returns it.
    assumptions
        Failures by grade.
    year
        The time at which ages are taken, decimal years.

    Notes
    -----
    An inspected sewer fails at the rate of its structural grade plus that of its functional grade. One that was not
    inspected takes the mean of those of its material and decade of age, drawn to the mean of all inspected sewers by
    the weight `sewers.similar`; its interval holds what these differ by. Without any inspection the rates of grade II
    are taken, with those of I and IV at the ends.
    """
    structural, functional = (assumptions.prices("sewers", kind) for kind in ("structural", "functional"))
    own = found.reindex(pipes["segment_id"].to_numpy())
    inspected = own["structural"].notna().to_numpy()
    by_grade = [own[kind].map({float(g): r for g, r in told.items()}).to_numpy(np.float64)
                for kind, told in (("structural", structural), ("functional", functional))]  # fmt: skip
    rate = np.maximum(by_grade[0] + by_grade[1], FEWEST_PER_100KM) / 100.0
    spread = float(assumptions.price("sewers", "spread"))
    if not inspected.any():
        ends = [
            np.full(len(pipes), max(structural[g] + functional[g], FEWEST_PER_100KM) / 100.0) for g in ("2", "1", "4")
        ]
        return SewerRates(Rates(*ends), np.full(len(pipes), "published", dtype=object))
    mean, between = _similar(pipes, rate, inspected, float(assumptions.price("sewers", "similar")), year)
    centre = np.where(inspected, rate, mean)
    # Between sewers that were not seen more than the rates of grades is unknown.
    sd = np.where(inspected, spread, np.sqrt(spread**2 + between))
    low, high = (centre * np.exp(side * Z_90 * sd - sd**2 / 2) for side in (-1, 1))
    basis = np.where(inspected, "condition", "similar").astype(object)
    return SewerRates(Rates(centre, np.minimum(low, centre), high), basis)


def _similar(pipes: pd.DataFrame, rate: Floats, inspected: Flags, weight: float, year: float) -> tuple[Floats, float]:
    """Return the rate of sewers of the same material and decade, drawn to that of all, and the variance of its log."""
    decade = np.floor((year - pipes["installed_year"].to_numpy(np.float64)) / _DECADE)
    group = pd.MultiIndex.from_arrays([pipes["material"].fillna("").astype(str), np.nan_to_num(decade, nan=-1.0)])
    place = pd.factorize(group)[0]
    length = np.maximum(pipes["length_m"].fillna(0.0).to_numpy(np.float64), 1e-6)
    seen = np.where(inspected, length, 0.0)
    overall = float(np.sum(np.nan_to_num(rate) * seen) / seen.sum())
    number = np.bincount(place, inspected.astype(float))
    mean = np.bincount(place, np.nan_to_num(rate) * seen) / np.maximum(np.bincount(place, seen), 1e-9)
    drawn = (number * mean + weight * overall) / (number + weight)
    return drawn[place], float(np.log(rate[inspected]).var())
