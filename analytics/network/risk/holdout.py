"""How well a model foretold breaks that it had not seen: the end of the record is kept from the fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from cim.analytics.network.graph import Floats, Integers
from cim.analytics.network.risk.break_model import Record, fit, rates, with_frailty
from cim.analytics.network.risk.covariates import Covariates

SHARES = (0.05, 0.10, 0.20)
"""Shares of the length that are asked about."""
_GROUPS = 10


@dataclass(frozen=True)
class Group:
    """Pipes of about equal expected breaks, the fewest a kilometre first."""

    length_km: float
    """Their length."""
    expected: float
    """Breaks that the model expected."""
    observed: int
    """Breaks that came."""
    low: float
    """Lower end of the interval of 90 % of what the observed number says."""
    high: float
    """Upper end."""


@dataclass(frozen=True)
class HoldOut:
    """A record split in time, and how well its beginning foretold its end."""

    split: float
    """Decimal year at which it was split."""
    end: float
    """Decimal year at which it ends."""
    fitted: int
    """Breaks before."""
    kept: int
    """Breaks after."""
    by_model: Sequence[float]
    """Share of the breaks after within the worst `SHARES` of length by the model."""
    by_age: Sequence[float]
    """The same by age alone."""
    calibration: Sequence[Group]
    """Expected and observed breaks by expected rate."""
    judged: bool
    """Whether the breaks kept suffice to judge it."""


def hold_out(
    covariates: Covariates,
    length_km: Floats,
    pipe: Integers,
    broke: Floats,
    record: Record,
    *,
    share: float,
    few: int,
    frailty: tuple[float, float],
) -> HoldOut | None:
    """Fit to the beginning of a record, and compare with its end.

    Parameters
    ----------
    covariates, length_km, pipe, broke, record
        As for `fit`.
    share
        Share of the record that is kept from the fit.
    few
        Breaks of that part without which nobody can judge it.
    frailty
        Prior of what pipes differ by, as for `with_frailty`.

    Returns
    -------
    HoldOut or None
        None where the record has no length, or no break is left to be foretold.
    """
    split = record.end - share * record.years
    after = (broke >= split) & (broke <= record.end)
    if not record.years > 0 or not after.any():
        return None
    before = Record(record.start, split)
    model = with_frailty(fit(covariates, length_km, pipe, broke, before), *frailty)
    middle = (split + record.end) / 2
    rate = rates(covariates, model, middle).mean
    exposed = length_km * covariates.in_service(split, record.end)
    breaks = np.bincount(pipe[after], minlength=len(length_km))
    expected = rate * exposed * (record.end - split)
    return HoldOut(
        split=split,
        end=record.end,
        fitted=int(np.count_nonzero((broke >= record.start) & (broke < split))),
        kept=int(breaks.sum()),
        by_model=captured(rate, exposed, breaks),
        by_age=captured(middle - covariates.installed, exposed, breaks),
        calibration=_calibration(rate, exposed, expected, breaks),
        judged=bool(breaks.sum() >= few),
    )


def captured(score: Floats, length: Floats, breaks: Integers, shares: Sequence[float] = SHARES) -> list[float]:
    """Return the share of the breaks that lie within the worst shares of length.

    Pipes of equal score are one: a share that ends within them takes its part of their breaks.
    """
    _, place = np.unique(-score, return_inverse=True)
    along = np.concatenate([[0.0], np.bincount(place, length).cumsum()])
    found = np.concatenate([[0.0], np.bincount(place, breaks).cumsum()])
    return [float(one) for one in np.interp(np.array(shares) * along[-1], along, found) / max(found[-1], 1)]


def _calibration(rate: Floats, length: Floats, expected: Floats, breaks: Integers) -> list[Group]:
    """Return pipes in groups of about equal expected breaks; few breaks make few groups."""
    groups = int(np.clip(breaks.sum() // 5, 2, _GROUPS))
    order = np.argsort(rate, kind="stable")
    running = expected[order].cumsum()
    if not running[-1] > 0:
        return []
    place = np.minimum((running / running[-1] * groups).astype(int), groups - 1)
    found = []
    for group in range(groups):
        chosen = order[place == group]
        count = int(breaks[chosen].sum())
        low = special.gammaincinv(count, 0.05) if count else 0.0
        high = special.gammaincinv(count + 1, 0.95)
        found.append(Group(float(length[chosen].sum()), float(expected[chosen].sum()), count, float(low), float(high)))
    return found
