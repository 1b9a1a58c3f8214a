"""What checks may know beyond the records: the city, its terrain, its extent, the lengths of its pipes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cim.city import CityProfile
from cim.etl.checks.terrain import Terrain

Lengths = Callable[[Sequence[str]], Mapping[str, float]]
"""Lengths of pipe segments by key, metres; a key that is not there, or in several sources alike, is left out."""


@dataclass(frozen=True)
class Context:
    """What is known around a source."""

    city: CityProfile
    """The city whose CRS the records are in."""
    terrain: Terrain | None = None
    """Its terrain models; None: none is known, and heights are not held against it."""
    extent: tuple[float, float, float, float] | None = None
    """West, south, east, north of the city, its CRS, metres; None: not known."""
    lengths: Lengths | None = None
    """Looks up what is loaded; None: nothing is at hand, and nothing is said of it."""
