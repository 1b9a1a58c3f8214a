"""The register of indicators: what each means, what it should be, and how it is graded; data, not code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cim.analytics.errors import UnknownIndicator
from cim.codes import LEVELS

OFFICIAL_LEVELS = ("housing", "community", "block", "city")
"""Levels of the official system; each indicator is computed for administrative units of several levels."""

UNIT_LEVELS = tuple(level for level in LEVELS if level != "compound")
"""Levels of the units that are examined unless an indicator names others."""

OPERATORS = ("==", ">=", "<=", "between")
DIRECTIONS = ("higher", "lower", "band")
FORMS = ("count", "ratio")
COMPUTABLE = ("fully", "prescreened", "partly", "survey", "reported")
"""How far an indicator can be computed: from registers and geometry; candidates that a survey confirms; a part, or
with a stated assumption; only what surveyors found; only what a department reports."""


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    zh: str
    """Chinese."""
    en: str
    """English."""


@dataclass(frozen=True)
class Standard:
    """What is asked for."""

    op: str
    """One of OPERATORS."""
    value: float
    """Target in the indicator's unit; the lower end of a band."""
    upper: float | None
    """Upper end of a band."""
    source: str
    """Where the figure comes from."""
    confidence: str
    """How sure the statement is: high, medium, low."""
    by_year: tuple[tuple[int, float], ...] = ()
    """Targets by year, the earliest first, where they change; `value` is then the one in force."""

    def at(self, year: int) -> Standard | None:
        """Return the standard in force in a year; None before the first target."""
        if not self.by_year:
            return self
        reached = [value for since, value in self.by_year if since <= year]
        return replace(self, value=reached[-1]) if reached else None


@dataclass(frozen=True)
class Grading:
    """How values become grades."""

    near_share: float = 0.80
    """A ratio is near its standard from this share of it."""
    meets_problem_share: float = 0.05
    """A count that should be zero still meets below this share of the stock counted."""
    near_problem_share: float = 0.10
    """And is near below this one."""
    missing_share_max: float = 0.50
    """Above this share of missing data no grade is given."""


@dataclass(frozen=True)
class Indicator:
    """One indicator of a system."""

    code: str
    """Code in the system."""
    title: Words
    """Name."""
    level: str
    """Official level: one of OFFICIAL_LEVELS."""
    dimension: Words
    """Dimension of the level."""
    unit: Words
    """Unit of the value."""
    direction: str
    """Whether more is better: one of DIRECTIONS."""
    core: bool
    """One of the system's core indicators."""
    form: str
    """count: the value is the numerator; ratio: numerator / denominator × scale."""
    scale: float
    """Factor of a ratio: 100 for percent."""
    definition: Words
    """What it is, in our words."""
    numerator: Words
    """What the numerator counts."""
    denominator: Words
    """What the denominator counts."""
    standard: Standard | None
    """What is asked for; None where no figure is set."""
    data: Words
    """Data that it needs."""
    method: Words
    """How it is computed here."""
    computable: str
    """How far: one of COMPUTABLE."""
    levels: tuple[str, ...]
    """Levels of the units that it is computed for."""
    measure: str
    """Code of the measure that computes it: its own, or that of an indicator of the same kind."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What its measure takes besides the data."""
    assumptions: tuple[Words, ...] = ()
    """What is assumed, and what is not checked."""
    hazard: bool = False
    """A danger to people: any found caps the grade at near, however small its share."""
    bad_standard: str | None = None
    """The text that stands where the standard's number belongs; its values have no grade then."""


@dataclass(frozen=True)
class Register:
    """One system of indicators."""

    system: str
    """Name, e.g. national-2024; with a city's own entries national-2024+NAME."""
    title: Words
    """Name for people."""
    year: int
    """Year of the system; printed with every result."""
    official_count: int | None
    """Indicators that the official system counts."""
    grading: Grading
    """How values become grades."""
    indicators: Mapping[str, Indicator]
    """Indicators by code, in the order of the file."""
    provisional: bool = False
    """Its list of members is not confirmed; said wherever its results are shown."""
    note: Words | None = None
    """What is to be known of its list of members; said with its results."""

    def at(self, year: int) -> Register:
        """Return the register with the standards in force in a year."""
        entries = {
            code: replace(entry, standard=entry.standard.at(year)) if entry.standard else entry
            for code, entry in self.indicators.items()
        }
        return replace(self, indicators=entries)

    def indicator(self, code: str) -> Indicator:
        """Return one indicator.

        Raises
        ------
        UnknownIndicator
            The system has none of that code.
        """
        if code not in self.indicators:
            raise UnknownIndicator(code, self.indicators)
        return self.indicators[code]
