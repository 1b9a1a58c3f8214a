"""Families of checks: one module each, with a constant `FAMILY`; adding one touches no other file.

A family is pure: records in, findings out. What it means stands in the register.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol

from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.findings import Finding, Ints, Told

__all__ = ["Family", "SourceCheck", "families"]


class SourceCheck(Protocol):
    """A check that needs the whole source: fed by batches, it speaks at the end."""

    def take(self, batch: Batch, rows: Ints) -> None:
        """Take the rows of a batch that are kept."""

    def finish(self) -> Iterator[tuple[Told, Finding]]:
        """Yield what was found, warnings only: the records are stored by now."""


@dataclass(frozen=True)
class Family:
    """Checks that belong together."""

    themes: frozenset[str] | None
    """Themes that it looks at; None: all."""
    batch: Callable[[Batch, Context], Iterator[Finding]] | None = None
    """Looks at one batch."""
    source: Callable[[Context], SourceCheck] | None = None
    """Begins a check of a whole source."""
    thorough: bool = False
    """Whether a load leaves it out for its cost."""

    def meets(self, theme: str) -> bool:
        """Whether it looks at a theme."""
        return self.themes is None or theme in self.themes


@cache
def families() -> tuple[Family, ...]:
    """Return every family."""
    modules = sorted(item.name for item in pkgutil.iter_modules(__path__))
    found = (getattr(import_module(f"{__name__}.{name}"), "FAMILY", None) for name in modules)
    return tuple(item for item in found if isinstance(item, Family))
