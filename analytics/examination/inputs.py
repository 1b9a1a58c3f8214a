"""What measures are given: the city's themes, and what is made of them once for all measures of an examination."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from geopandas import GeoDataFrame

from cim.analytics.examination.people import walkers
from cim.analytics.examination.population import residents
from cim.analytics.examination.walking import street_network


@dataclass(frozen=True)
class Derived:
    """Something made of themes."""

    function: Callable[..., Any]
    """Takes the themes by name; returns None where the city has too little for it."""
    made_of: tuple[str, ...]
    """Themes, and other derived things, that it is made of."""


DERIVED: Mapping[str, Derived] = {
    "streets": Derived(street_network, ("road_edge",)),
    "residents": Derived(residents, ("population", "building", "admin_unit")),
    "walkers": Derived(walkers, ("streets", "building", "residents")),
}
"""What measures may ask for besides themes, by name."""


def themes_of(names: Iterable[str]) -> set[str]:
    """Return the themes that must be read for what measures ask for."""
    found: set[str] = set()
    for name in names:
        found |= themes_of(DERIVED[name].made_of) if name in DERIVED else {name}
    return found


@dataclass
class Inputs:
    """Frames by theme, and what was made of them so far."""

    frames: Mapping[str, GeoDataFrame]
    """Frames by theme."""
    made: dict[str, Any] = field(default_factory=dict)
    """Made of them, by name."""

    def absent(self, names: Iterable[str]) -> list[str]:
        """Return the themes among the names of which the city has nothing."""
        return [name for name in names if name not in self.frames or self.frames[name].empty]

    def __getitem__(self, name: str) -> Any:
        """Return a frame, or what is made of frames."""
        if name not in DERIVED:
            return self.frames[name]
        if name not in self.made:
            known = DERIVED[name]
            self.made[name] = known.function(**{part: self[part] for part in known.made_of})
        return self.made[name]
