"""The register of checks: what every code means, how grave it is, why it matters and what to do, in two languages.

It stands as data in `registers/*.yaml`, one file a family; `docs/checks.md` is written from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Words:
    """One text in both languages."""

    en: str
    """English."""
    zh: str
    """Chinese."""


@dataclass(frozen=True)
class Check:
    """One check."""

    code: str
    """Stable code, e.g. `geometry.self_intersection`."""
    family: Words
    """Title of the family it belongs to."""
    severity: str
    """`error`: the record is refused; `warning`: it is kept and told."""
    kept_where_optional: bool
    """Whether an error becomes a warning where the theme can do without the value."""
    thorough: bool
    """Whether it costs so much that a load leaves it out; `cim check` runs it."""
    what: Words
    """What is wrong, in general."""
    reason: Words | None
    """Template of what is wrong with one record; None: the check writes it itself."""
    why: str
    """Why it matters."""
    remedy: Words
    """What to do."""
    tolerance: Mapping[str, float]
    """What is still right, by name; the name ends in the unit."""
    basis: str
    """Where the tolerance comes from."""


@cache
def register() -> MappingProxyType[str, Check]:
    """Return every check by its code, in the order of the families' files."""
    folder = resources.files("cim.etl.checks") / "registers"
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name)
    found: dict[str, Check] = {}
    for file in files:
        document = yaml.load(file.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - a safe loader, the quick one
        family = Words(document["family"]["title_en"], document["family"]["title_zh"])
        for entry in document["checks"]:
            if entry["code"] in found:
                raise ValueError(f"{file.name}: check {entry['code']!r} stands twice: give each code once")
            found[entry["code"]] = _check(family, entry)
    return MappingProxyType(found)


def _check(family: Words, entry: Mapping[str, Any]) -> Check:
    """Return a check of its entry."""
    reason = entry.get("reason")
    return Check(
        code=entry["code"],
        family=family,
        severity=entry["severity"],
        kept_where_optional=entry.get("kept_where_optional", False),
        thorough=entry.get("thorough", False),
        what=Words(**entry["what"]),
        reason=Words(**reason) if reason else None,
        why=entry["why"],
        remedy=Words(**entry["remedy"]),
        tolerance=MappingProxyType({name: float(value) for name, value in entry.get("tolerance", {}).items()}),
        basis=entry.get("basis", ""),
    )


def tolerance(code: str, name: str) -> float:
    """Return a tolerance of a check, in the unit that its name ends in."""
    return register()[code].tolerance[name]
