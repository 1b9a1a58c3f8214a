"""Registers as YAML files: read, checked, and refused with the place of what is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from cim.analytics.errors import BadRegister, UnknownSystem
from cim.analytics.examination.register import (
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
from cim.schema.admin import LEVELS


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
    listed = top.get("indicators") or []
    if not isinstance(listed, list):
        raise BadRegister(path, "indicators", "give a list, an entry for each indicator")
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
            measure=self.text(entry, "measure", code) if "measure" in entry else code,
            parameters=self.mapping(entry.get("parameters") or {}, f"{code}: parameters"),
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
