"""What checks may know beyond the records: the city, its terrain, its extent."""

from __future__ import annotations

from dataclasses import dataclass

from cim.city import CityProfile
from cim.etl.checks.terrain import Terrain


@dataclass(frozen=True)
class Context:
    """What is known around a source."""

    city: CityProfile
    """The city whose CRS the records are in."""
    terrain: Terrain | None = None
    """Its terrain models; None: none is known, and heights are not held against it."""
    extent: tuple[float, float, float, float] | None = None
    """West, south, east, north of the city, its CRS, metres; None: not known."""
