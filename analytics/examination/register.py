"""The register of indicators: what each means, what it should be, and how it is graded; data, not code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from cim.analytics.errors import BadRegister, UnknownIndicator, UnknownSystem
from cim.schema.admin import LEVELS

OFFICIAL_LEVELS = ("housing", "community", "block", "city")
"""Levels of the official system; each indicator is computed for administrative units of several levels."""

UNIT_LEVELS = tuple(level for level in LEVELS if level != "compound")
"""Levels of the units that are examined unless an indicator names others."""

OPERATORS = ("==", ">=", "<=", "between")
DIRECTIONS = ("higher", "lower", "band")
FORMS = ("count", "ratio")


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
    method: Words
    """How it is computed here."""
    computable: str
    """fully, prescreened, partly, survey."""
    levels: tuple[str, ...]
    """Levels of the units that it is computed for."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What its measure takes besides the data."""


@dataclass(frozen=True)
class Register:
    """One system of indicators."""

    system: str
    """Name, e.g. national-2024."""
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


def systems() -> tuple[str, ...]:
    """Return the names of the registers that come with the platform."""
    folder = resources.files("cim.analytics.examination") / "registers"
    return tuple(sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")))


def load_register(system: str) -> Register:
    """Read a register by its name, or from a YAML file of the city's own.

    Raises
    ------
    UnknownSystem
        It is neither a known name nor a file.
    BadRegister
        The file says something that cannot be used.
    """
    if system in systems():
        return read_register(Path(str(resources.files("cim.analytics.examination") / "registers" / f"{system}.yaml")))
    if Path(system).is_file():
        return read_register(Path(system))
    raise UnknownSystem(system, systems())


def read_register(path: Path) -> Register:
    """Read and check a register file."""
    try:
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadRegister(path, "not YAML in UTF-8", str(error).replace("\n", " ")) from None
    reader = _Reader(path)
    top = reader.mapping(text, "the file")
    entries = [reader.indicator(item, place) for place, item in enumerate(top.get("indicators") or [], start=1)]
    indicators = {entry.code: entry for entry in entries}
    if len(indicators) != len(entries):
        raise BadRegister(path, "indicators", "give each code once")
    return Register(
        system=reader.text(top, "system", "the file"),
        title=reader.words(top, "title", "the file"),
        year=int(reader.number(top, "year", "the file")),
        official_count=top.get("official_count"),
        grading=Grading(**{name: reader.number(top["grading"], name, "grading") for name in top.get("grading") or {}}),
        indicators=indicators,
    )


@dataclass(frozen=True)
class _Reader:
    """Checks values as it reads them, and says where a wrong one stands."""

    path: Path

    def indicator(self, item: Any, place: int) -> Indicator:
        """Return one entry."""
        entry = self.mapping(item, f"indicator {place}")
        code = self.text(entry, "code", f"indicator {place}")
        return Indicator(
            code=code,
            title=self.words(entry, "title", code),
            level=self.choice(entry, "level", code, OFFICIAL_LEVELS),
            dimension=self.words(entry, "dimension", code),
            unit=self.words(entry, "unit", code),
            direction=self.choice(entry, "direction", code, DIRECTIONS),
            core=entry.get("core") is True,
            form=self.choice(entry, "form", code, FORMS),
            scale=self.number(entry, "scale", code) if "scale" in entry else 1.0,
            definition=self.words(entry, "definition", code),
            numerator=self.words(entry, "numerator", code),
            denominator=self.words(entry, "denominator", code),
            standard=self.standard(entry.get("standard"), code),
            method=self.words(entry, "method", code),
            computable=self.text(entry, "computable", code),
            levels=self.levels(entry.get("levels"), code),
            parameters=self.mapping(entry.get("parameters") or {}, f"{code}: parameters"),
        )

    def standard(self, item: Any, code: str) -> Standard | None:
        """Return what is asked for; a text where a number belongs is refused, not read as one."""
        if item is None:
            return None
        where = f"{code}: standard"
        entry = self.mapping(item, where)
        op = self.choice(entry, "op", where, OPERATORS)
        upper = self.number(entry, "upper", where) if op == "between" else None
        value = self.number(entry, "value", where)
        if upper is not None and upper < value:
            raise BadRegister(self.path, where, "the band's upper end is below its lower one")
        source = self.text(entry, "source", where)
        return Standard(op, value, upper, source, self.choice(entry, "confidence", where, ("high", "medium", "low")))

    def levels(self, item: Any, code: str) -> tuple[str, ...]:
        """Return the levels of units, all but compounds unless told otherwise."""
        levels = UNIT_LEVELS if item is None else tuple(item)
        unknown = [level for level in levels if level not in LEVELS]
        if unknown or not levels:
            raise BadRegister(self.path, f"{code}: levels", f"use {', '.join(LEVELS)}")
        return levels

    def mapping(self, item: Any, where: str) -> Mapping[str, Any]:
        """Return a mapping."""
        if not isinstance(item, dict):
            raise BadRegister(self.path, where, "give names and values (name: value)")
        return item

    def text(self, entry: Mapping[str, Any], name: str, where: str) -> str:
        """Return a text."""
        value = entry.get(name)
        if not isinstance(value, str) or not value.strip():
            raise BadRegister(self.path, f"{where}: {name}", "give a text")
        return value

    def words(self, entry: Mapping[str, Any], name: str, where: str) -> Words:
        """Return a text in both languages."""
        both = self.mapping(entry.get(name), f"{where}: {name}")
        return Words(self.text(both, "zh", f"{where}: {name}"), self.text(both, "en", f"{where}: {name}"))

    def number(self, entry: Mapping[str, Any], name: str, where: str) -> float:
        """Return a finite number."""
        value = entry.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadRegister(self.path, f"{where}: {name}", f"give a number, not {value!r}")
        return float(value)

    def choice(self, entry: Mapping[str, Any], name: str, where: str, allowed: tuple[str, ...]) -> str:
        """Return one of the allowed words."""
        value = entry.get(name)
        if value not in allowed:
            raise BadRegister(self.path, f"{where}: {name}", f"use one of {', '.join(allowed)}, not {value!r}")
        return str(value)
