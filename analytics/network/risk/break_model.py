"""Breaks of pressure pipes: a Poisson model of pipe-years with priors, and what pipes differ by beyond it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import linalg, optimize, special

from cim.analytics.network.graph import Floats, Integers
from cim.analytics.network.risk.covariates import OLDEST_YEARS, Covariates

Z_90 = 1.6448536269514722
"""Point of the normal distribution beyond which 5 % lie: so many deviations an interval of 90 % reaches to a side."""
_ROUNDS = 60
_CLOSE = 1e-9
_FRAILTY = (-4.0, 8.0)


def decimal_year(day: dt.date) -> float:
    """Return a day as a decimal year."""
    return day.year + (day.timetuple().tm_yday - 1) / 365.25


@dataclass(frozen=True)
class Record:
    """The span of time over which breaks were recorded, decimal years."""

    start: float
    """When it begins."""
    end: float
    """When it ends."""

    @property
    def years(self) -> float:
        """How long it is."""
        return max(self.end - self.start, 0.0)

    def spans(self) -> list[tuple[float, float]]:
        """Return it in calendar years, the first and the last as far as they belong to it."""
        if not self.years > 0:
            return []
        ends = [self.start, *np.arange(np.floor(self.start) + 1, np.ceil(self.end)), self.end]
        return [(one, other) for one, other in pairwise(ends) if other > one]


@dataclass(frozen=True)
class BreakModel:
    """What a record of breaks says of a network's pipes."""

    coefficients: Floats
    """(p,) of `Covariates.effects`."""
    covariance: Floats
    """(p, p) of the coefficients."""
    frailty: float
    """Shape of the gamma distribution of mean one that pipes differ by; large: they hardly do."""
    expected: Floats
    """(n,) breaks that the model expects of each pipe within the record."""
    seen: Integers
    """(n,) breaks of each pipe within the record."""


@dataclass(frozen=True)
class Rates:
    """Breaks a kilometre and year of each pipe, with an interval of 90 %."""

    mean: Floats
    """Expected."""
    low: Floats
    """5 % lie below."""
    high: Floats
    """5 % lie above."""


def fit(covariates: Covariates, length_km: Floats, pipe: Integers, broke: Floats, record: Record) -> BreakModel:
    """Fit the model to a record.

    Parameters
    ----------
    covariates
        The pipes.
    length_km
        (n,) their lengths.
    pipe, broke
        (b,) position of the pipe that broke, and when, decimal years; breaks outside the record count nothing.
    record
        The span of time; one of no length leaves the priors as they are.

    Notes
    -----
    Breaks of pipe i in year t are Poisson with mean L_i exp(x_i'β + γ ln(age_it / reference)) u_i. Pipe-years of equal
    x and age are summed, which loses nothing. The mode of β under its normal priors is found by Newton's method; its
    covariance is the inverse of the information there. u_i is gamma distributed with mean one; its shape is the mode
    of the negative binomial likelihood of the pipes' counts. γ + 1 is the shape of a Weibull process.
    """
    within = (broke >= record.start) & (broke < record.end)
    pipe, broke = pipe[within], broke[within]
    cell, exposure, count, ages = _cells(covariates, length_km, pipe, broke, record)
    design = np.column_stack([covariates.kinds[cell], ages])
    offset = covariates.offset[cell] + np.log(exposure)
    coefficients, covariance = _mode(covariates, design, offset, count)
    expected = _expected(covariates, coefficients, length_km, record)
    seen = np.bincount(pipe, minlength=len(length_km))
    return BreakModel(coefficients, covariance, 1.0, expected, seen)


def rates(covariates: Covariates, model: BreakModel, year: float) -> Rates:
    """Return each pipe's rate at a time, given the breaks that it had itself.

    Notes
    -----
    The rate of the model times the mean of u given the pipe's own breaks, (k + n)/(k + E). The interval is that of a
    gamma distribution whose squared coefficient of variation is 1/(k + n) plus the variance of the log rate.
    """
    ageing = covariates.ageing(year)
    static, last = model.coefficients[:-1], model.coefficients[-1]
    base = (covariates.offset + covariates.kinds @ static)[covariates.kind] + last * ageing
    k = model.frailty
    mean = np.exp(base) * (k + model.seen) / (k + model.expected)
    within = covariates.kinds @ model.covariance[:-1, :-1]
    variance = np.einsum("ij,ij->i", within, covariates.kinds)[covariates.kind]
    variance += 2 * ageing * (covariates.kinds @ model.covariance[:-1, -1])[covariates.kind]
    variance += ageing**2 * model.covariance[-1, -1] + covariates.spread
    low, high = _gamma_ends(1.0 / (1.0 / (k + model.seen) + np.maximum(variance, 0.0)))
    return Rates(mean, mean * low, mean * high)


def _cells(
    covariates: Covariates, length_km: Floats, pipe: Integers, broke: Floats, record: Record
) -> tuple[Integers, Floats, Floats, Floats]:
    """Sum pipe-years and breaks by kind and age.

    Returns
    -------
    kind, exposure (km years), breaks, column of age
    """
    wide = OLDEST_YEARS + 1
    size = len(covariates.kinds) * wide
    exposure, count = np.zeros(size), np.zeros(size)
    order = np.argsort(broke, kind="stable")
    pipe, broke = pipe[order], broke[order]
    for start, end in record.spans():
        middle = (start + end) / 2
        age = np.clip(np.floor(middle - covariates.installed), 0, OLDEST_YEARS).astype(np.int64)
        cell = covariates.kind * wide + age
        years = covariates.in_service(start, end) * (end - start)
        exposure += np.bincount(cell, length_km * years, minlength=size)
        first, last = np.searchsorted(broke, [start, end])
        count += np.bincount(cell[pipe[first:last]], minlength=size)
    # A break before its pipe was laid, or of a pipe without length, has no pipe-years to stand against.
    kept = np.flatnonzero(exposure > 0)
    ages = np.log((kept % wide + 0.5) / covariates.reference_age)
    return kept // wide, exposure[kept], count[kept], ages


def _mode(covariates: Covariates, design: Floats, offset: Floats, count: Floats) -> tuple[Floats, Floats]:
    """Return the mode of the coefficients under their priors, and their covariance there."""
    mean = np.array([effect.mean for effect in covariates.effects])
    precision = 1.0 / np.array([effect.sd for effect in covariates.effects]) ** 2

    def value(at: Floats) -> float:
        linear = design @ at + offset
        return float(np.exp(np.minimum(linear, 50)).sum() - count @ linear + 0.5 * precision @ (at - mean) ** 2)

    def slope_and_curve(at: Floats) -> tuple[Floats, Floats]:
        fitted = np.exp(np.minimum(design @ at + offset, 50))
        slope = design.T @ (fitted - count) + precision * (at - mean)
        return slope, (design * fitted[:, None]).T @ design + np.diag(precision)

    at, best = mean.copy(), value(mean)
    for _ in range(_ROUNDS):
        slope, curve = slope_and_curve(at)
        step = linalg.solve(curve, slope, assume_a="pos")
        share = 1.0
        while value(at - share * step) > best and share > 1e-6:
            share /= 2
        at = at - share * step
        best = value(at)
        if np.abs(share * step).max() < _CLOSE:
            break
    return at, linalg.inv(slope_and_curve(at)[1])


def _expected(covariates: Covariates, coefficients: Floats, length_km: Floats, record: Record) -> Floats:
    """Return (n,) breaks that the model expects of each pipe within the record."""
    base = np.exp(covariates.offset + covariates.kinds @ coefficients[:-1])[covariates.kind] * length_km
    total = np.zeros(len(length_km))
    for start, end in record.spans():
        ageing = covariates.ageing((start + end) / 2)
        total += covariates.in_service(start, end) * (end - start) * np.exp(coefficients[-1] * ageing)
    return base * total


def with_frailty(model: BreakModel, mean_log: float, sd_log: float) -> BreakModel:
    """Return the model with the shape of what pipes differ by, found from their counts.

    Parameters
    ----------
    model
        As `fit` returns it.
    mean_log, sd_log
        Normal prior of the logarithm of the shape.
    """
    broken = model.seen > 0
    seen, expected = model.seen[broken], model.expected[broken]

    def value(log_shape: float) -> float:
        k = np.exp(log_shape)
        # Pipes without a break: (k / (k + E))^k alone.
        likelihood = -k * np.log1p(model.expected / k).sum()
        likelihood += (special.gammaln(k + seen) - special.gammaln(k) - seen * np.log(k + expected)).sum()
        return float(-likelihood + 0.5 * ((log_shape - mean_log) / sd_log) ** 2)

    found = optimize.minimize_scalar(value, bounds=_FRAILTY, method="bounded", options={"xatol": 1e-3})
    return dataclasses.replace(model, frailty=float(np.exp(found.x)))


def _gamma_ends(shape: Floats) -> tuple[Floats, Floats]:
    """Return the 5 % and 95 % points of gamma distributions of mean one; read off a table of 400 shapes."""
    grid = np.geomspace(1e-2, 1e6, 400)
    at = np.log(np.clip(shape, grid[0], grid[-1]))
    ends = (special.gammaincinv(grid, q) / grid for q in (0.05, 0.95))
    low, high = (np.interp(at, np.log(grid), end) for end in ends)
    return low, high
