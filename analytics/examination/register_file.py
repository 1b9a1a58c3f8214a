"""Registers as YAML files: read, checked, and refused with the place of what is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

from cim.analytics.errors import BadRegister, UnknownSystem
from cim.analytics.examination.register import (
    COMPUTABLE,
    DIRECTIONS,
    FORMS,
    OFFICIAL_LEVELS,
    OPERATORS,
    UNIT_LEVELS,
    Grading,
    Indicator,
    Register,
    Standard,
    Words,
)
from cim.analytics.examination.register_layers import whole_system, with_local
from cim.codes import LEVELS


def systems() -> tuple[str, ...]:
    """Return the names of the registers that come with the platform."""
    folder = resources.files("cim.analytics.examination") / "registers"
    return tuple(sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")))


def load_register(system: str, local: Path | None = None) -> Register:
    """Read a register by its name, or from a YAML file of the city's own.

    Parameters
    ----------
    system
        Name of a register that comes with the platform, or path of a file.
    local
        File in which a city changes and adds indicators.

    Raises
    ------
    UnknownSystem
        It is neither a known name nor a file.
    BadRegister
        A file says something that cannot be used.
    """
    return read_register(_path(system), local)


def _path(system: str) -> Path:
    if system in systems():
        return Path(str(resources.files("cim.analytics.examination") / "registers" / f"{system}.yaml"))
    if Path(system).is_file():
        return Path(system)
    raise UnknownSystem(system, systems())


def read_register(path: Path, local: Path | None = None) -> Register:
    """Read and check a register file, with a city's own changes laid over it."""
    top, listed = whole_system(path, _path)
    if local is not None:
        top, listed = with_local(top, listed, local, _path)
        path = local
    reader = _Reader(path)
    entries = [reader.indicator(item, place) for place, item in enumerate(listed, start=1)]
    indicators = {entry.code: entry for entry in entries}
    if len(indicators) != len(entries):
        raise BadRegister(path, "indicators", "give each code once")
    return Register(
        system=reader.text(top, "system", "the file"),
        title=reader.words(top, "title", "the file"),
        year=int(reader.number(top, "year", "the file")),
        official_count=top.get("official_count"),
        grading=reader.grading(top.get("grading") or {}),
        indicators=indicators,
        provisional=top.get("provisional") is True,
        note=reader.words(top, "note", "the file") if "note" in top else None,
    )


@dataclass(frozen=True)
class _Reader:
    """Checks values as it reads them, and says where a wrong one stands."""

    path: Path

    def indicator(self, item: Any, place: int) -> Indicator:
        """Return one entry."""
        entry = self.mapping(item, f"indicator {place}")
        code = self.text(entry, "code", f"indicator {place}")
        bad_standard = _text_for_number(entry.get("standard"))
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
            standard=None if bad_standard else self.standard(entry.get("standard"), code),
            data=self.words(entry, "data", code),
            method=self.words(entry, "method", code),
            computable=self.choice(entry, "computable", code, COMPUTABLE),
            levels=self.levels(entry.get("levels"), code),
            measure=self.text(entry, "measure", code) if "measure" in entry else code,
            parameters=self.mapping(entry.get("parameters") or {}, f"{code}: parameters"),
            assumptions=self.several_words(entry.get("assumptions") or [], f"{code}: assumptions"),
            hazard=entry.get("hazard") is True,
            bad_standard=bad_standard,
        )

    def grading(self, item: Any) -> Grading:
        """Return the rules; those that are not given are the common ones."""
        entry = self.mapping(item, "grading")
        known = [field.name for field in fields(Grading)]
        for name in entry:
            if name not in known:
                raise BadRegister(self.path, f"grading: {name}", f"use {', '.join(known)}")
        return Grading(**{name: self.number(entry, name, "grading") for name in entry})

    def standard(self, item: Any, code: str) -> Standard | None:
        """Return what is asked for; a number that is none is refused, not guessed."""
        if item is None:
            return None
        where = f"{code}: standard"
        entry = self.mapping(item, where)
        op = self.choice(entry, "op", where, OPERATORS)
        upper = self.number(entry, "upper", where) if op == "between" else None
        by_year = self.targets(entry.get("by_year"), where)
        value = by_year[-1][1] if by_year else self.number(entry, "value", where)
        if upper is not None and upper < value:
            raise BadRegister(self.path, where, "the band's upper end is below its lower one")
        source = self.text(entry, "source", where)
        confidence = self.choice(entry, "confidence", where, ("high", "medium", "low"))
        return Standard(op, value, upper, source, confidence, by_year)

    def targets(self, item: Any, where: str) -> tuple[tuple[int, float], ...]:
        """Return targets by year, the earliest first; none where the standard does not change."""
        if item is None:
            return ()
        entry = self.mapping(item, f"{where}: by_year")
        if not entry or not all(isinstance(year, int) for year in entry):
            raise BadRegister(self.path, f"{where}: by_year", "give years and targets (2025: 40)")
        return tuple((int(year), self.number(entry, year, f"{where}: by_year")) for year in sorted(entry))

    def levels(self, item: Any, code: str) -> tuple[str, ...]:
        """Return the levels of units, all but compounds unless told otherwise."""
        levels = UNIT_LEVELS if item is None else tuple(item) if isinstance(item, list) else ()
        if not levels or not set(levels) <= set(LEVELS):
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
        if strange := set(both) - {"zh", "en"}:
            # A comma ends a text that is not quoted: {en: one, two}.
            cut = min(map(str, strange))
            raise BadRegister(self.path, f"{where}: {name}", f"quote the text: {cut!r} is cut off")
        return Words(self.text(both, "zh", f"{where}: {name}"), self.text(both, "en", f"{where}: {name}"))

    def several_words(self, item: Any, where: str) -> tuple[Words, ...]:
        """Return a list of texts in both languages."""
        if not isinstance(item, list):
            raise BadRegister(self.path, where, "give a list of texts in both languages")
        return tuple(self.words({str(place): text}, str(place), where) for place, text in enumerate(item, start=1))

    def number(self, entry: Mapping[Any, Any], name: Any, where: str) -> float:
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


def _text_for_number(standard: Any) -> str | None:
    """Return the text that stands where a standard's number belongs: it costs the grade, and nothing else."""
    if not isinstance(standard, dict):
        return None
    targets = standard.get("by_year")
    said = [standard.get("value"), standard.get("upper"), *(targets.values() if isinstance(targets, dict) else ())]
    # What comes after a colon in a reason is told as it is; semicolons part reasons.
    return next((value.replace(";", ",")[:40].strip() or "''" for value in said if isinstance(value, str)), None)
