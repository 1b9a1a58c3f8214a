"""What a measure is, and how measures are found."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame


@dataclass(frozen=True)
class OnFoot:
    """The same indicator along walkable streets; every series has the index of the units."""

    numerator: pd.Series[float]
    """In the indicator's words, or of residents where the official formula speaks of land."""
    denominator: pd.Series[float]
    """As above."""
    unknown: pd.Series[float]
    """What no street leads to, in the denominator's unit."""

    @property
    def missing_share(self) -> pd.Series[float]:
        """Share 0..1 that no street leads to."""
        return missing_share(self.denominator, self.unknown)


@dataclass(frozen=True)
class Seen:
    """The part of what is counted that surveyors looked at; every series has the index of the units."""

    numerator: pd.Series[float]
    """What they found, in the indicator's words."""
    denominator: pd.Series[float]
    """What they looked at."""


@dataclass(frozen=True)
class Reading:
    """What a measure says of each unit; every series has the index of the units."""

    numerator: pd.Series[float]
    """In the indicator's words; NaN: not known."""
    denominator: pd.Series[float]
    """In the indicator's words; 0: the unit has nothing of what is counted."""
    missing_share: pd.Series[float]
    """Share 0..1 of what should have been counted and could not."""
    notes: tuple[str, ...] = ()
    """What limits all its values: codes of `cim.analytics.reasons`."""
    unknown: pd.Series[float] | None = None
    """What could not be judged, in the denominator's unit; an interval follows from it. None: none can be given."""
    interval: tuple[pd.Series[float], pd.Series[float]] | None = None
    """Lowest and highest value where it is known otherwise, such as from a sample."""
    on_foot: OnFoot | None = None
    """The same along walkable streets, where that can be told."""
    seen: Seen | None = None
    """Of what registers pre-screen: what a survey confirmed or refuted. Candidates count in the value, never in the
    grade. None: nothing is pre-screened."""
    suppressed: pd.Series[bool] | None = None
    """Units whose value is known and not told, since too few people stand behind it."""
    problems: GeoDataFrame | None = None
    """Places that fall short: index feature id, a geometry, `candidate` (pre-screened), perhaps `severity`; every other
    column is evidence."""
    judged: pd.Index[int] | None = None
    """Feature ids of all that could be judged: what is among them and no problem has none. None: all there are."""
    extent: str = "unit"
    """What it was taken over: unit, or builtup_area/YEAR."""
    extent_m2: pd.Series[float] | None = None
    """Area of that extent, m²; None: that of the units."""


class NoData(Exception):
    """The city has nothing of a kind that the measure needs; whether it was surveyed at all is unknown."""


def no_reach(_parameters: Mapping[str, Any]) -> float:
    """Return 0: what lies around a thing does not matter."""
    return 0.0


@dataclass(frozen=True)
class Measure:
    """A pure function for an indicator or a family of them, and the data that it reads.

    The function takes the units (a GeoDataFrame: index unit id, columns level and geom), the frames of its themes by
    name and the register's parameters by name, and returns a `Reading` with the index of the units. It raises `NoData`
    where the city has nothing of a kind that it needs.
    """

    code: str
    """Name by which indicators of a register ask for it; their own code where they name none."""
    function: Callable[..., Reading]
    """The pure function."""
    needs: tuple[str, ...]
    """Themes without which nothing can be said."""
    uses: tuple[str, ...] = ()
    """Themes that it uses where they are loaded; it gets an empty frame where not."""
    of_year: bool = False
    """Takes the year examined, by the name `year`."""
    counts: tuple[str, ...] = ()
    """Themes of which every feature counts for itself, whatever others there are: those of each district can then be
    measured apart and what was counted added up (see `districts`). None: only the city as a whole can be measured."""
    reach: Callable[[Mapping[str, Any]], float] = no_reach
    """By the register's parameters, how far around them matters what else there is, metres."""


def find_measures(packages: Iterable[str] = ("cim.analytics.examination.measures",)) -> dict[str, Measure]:
    """Return the measures by code: every module of the packages that has MEASURE (one) or MEASURES (a family).

    Parameters
    ----------
    packages
        Names of packages that are searched, one level deep. A later one replaces a measure of an earlier one.
    """
    return {measure.code: measure for name in packages for measure in _measures_of(import_module(name))}


def _measures_of(package: ModuleType) -> Iterator[Measure]:
    for item in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        module = import_module(f"{package.__name__}.{item.name}")
        one = getattr(module, "MEASURE", None)
        yield from getattr(module, "MEASURES", (one,) if one is not None else ())


def missing_share(known: pd.Series[float], unknown: pd.Series[float]) -> pd.Series[float]:
    """Return unknown / (known + unknown), 0 where there is neither."""
    total = known + unknown
    return (unknown / total.where(total > 0, np.nan)).fillna(0.0)
