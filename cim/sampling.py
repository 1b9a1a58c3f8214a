"""Shares of a sample with their intervals of confidence: of people asked at random, and of people asked by place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

MIN_ANSWERS = 10
"""A share of fewer people is not told: it may tell what one of them said."""
_CONFIDENCE = 0.95
_Z = 1.959963984540054


def wilson(having: float, asked: float, quantile: float = _Z) -> tuple[float, float]:
    """Return the interval of Wilson for a share.

    Parameters
    ----------
    having, asked
        How many of how many; fractions are of an effective size.
    quantile
        Of the normal distribution, 95 % unless given.

    Returns
    -------
    tuple of float
        Lowest and highest share, 0..1. E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; it stays within 0..1 and is
        right for shares near its ends, where the usual one is not.
    """
    share, extra = having / asked, quantile**2 / asked
    middle = share + extra / 2
    half = quantile * np.sqrt(share * (1 - share) / asked + extra / (4 * asked))
    low, high = (middle - half) / (1 + extra), (middle + half) / (1 + extra)
    return max(0.0, float(low)), min(1.0, float(high))


def clustered(having: npt.ArrayLike, asked: npt.ArrayLike) -> tuple[float, float]:
    """Return the interval for a share of people who were asked by place, so that neighbours count for less.

    Parameters
    ----------
    having, asked
        How many of how many, by place.

    Returns
    -------
    tuple of float
        Lowest and highest share, 0..1: Wilson's, of the effective size (people asked over the design effect, which is
        the variance of the ratio of sums over that of a simple sample, and never below 1), with Student's quantile for
        places - 1 degrees of freedom. W. G. Cochran, Sampling Techniques, 3rd ed. (1977), 6.10 and 9A.3; E. Korn and
        B. Graubard, Survey Methodology 24 (1998) 193. Of one place: Wilson's.
    """
    y, n = np.asarray(having, dtype=float), np.asarray(asked, dtype=float)
    places, total = len(n), float(n.sum())
    share = float(y.sum()) / total
    if places < 2:
        return wilson(float(y.sum()), total)
    simple = share * (1 - share) / total
    spread = places / (places - 1) * float(np.sum((y - share * n) ** 2)) / total**2
    effective = total / max(1.0, spread / simple) if simple > 0 else total
    quantile = float(stdtrit(places - 1, (1 + _CONFIDENCE) / 2))
    return wilson(share * effective, effective, quantile)


def too_few(asked: npt.ArrayLike, least: float, hidden: npt.ArrayLike = False) -> npt.NDArray[np.bool_]:
    """Tell which parts of a total that is told must not be told themselves.

    Parameters
    ----------
    asked
        People by part.
    least
        A part of fewer people is suppressed.
    hidden
        Parts that are suppressed already.

    Returns
    -------
    array
        Those, the parts of fewer people, and, where that is a single one among several, the smallest of the others:
        the total less the rest would tell it. A. Hundepool et al., Statistical Disclosure Control (2012), 4.
    """
    people = np.asarray(asked, dtype=float)
    few: npt.NDArray[np.bool_] = (people < least) | np.asarray(hidden, dtype=bool)
    if few.sum() == 1 and len(few) > 1:
        few[np.argmin(np.where(few, np.inf, people))] = True
    return few
