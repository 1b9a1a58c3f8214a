"""What a load did: counts by theme, the versions that it supersedes, how it came into the city's CRS."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class ThemeOutcome:
    """What a load did to one theme."""

    added: int = 0
    """Features that are new, or back."""
    changed: int = 0
    """Features with a new version."""
    removed: int = 0
    """Features no longer in the source."""
    unchanged: int = 0
    """Features as before."""
    bounds: tuple[float, float, float, float] | None = None
    """Extent of the versions opened, city CRS."""

    @property
    def opened(self) -> int:
        """Versions opened."""
        return self.added + self.changed

    def widen(self, bounds: tuple[float, float, float, float]) -> None:
        """Take a further extent in."""
        old = self.bounds or bounds
        self.bounds = (
            min(old[0], bounds[0]),
            min(old[1], bounds[1]),
            max(old[2], bounds[2]),
            max(old[3], bounds[3]),
        )


@dataclass
class Outcome:
    """What a load did, to be published with it."""

    themes: dict[str, ThemeOutcome] = field(default_factory=dict)
    """By theme."""
    closed: dict[str, list[int]] = field(default_factory=dict)
    """Versions superseded or removed, by theme."""
    records_in: int = 0
    """Records read."""
    kept: int = 0
    """Records kept."""
    rejected: int = 0
    """Records rejected."""
    crs: str | None = None
    """CRS of the source."""
    transformation: str | None = None
    """PROJ pipeline used."""
    accuracy_m: float | None = None
    """Accuracy of it."""
    files: dict[str, Path] = field(default_factory=dict)
    """Files to be kept beside the database, by their places below the data folder."""
    repairs: dict[str, bool] = field(default_factory=dict)
    """Mended records that stand for the source, by their id in `run.repair`: whether the load has taken them."""
    mended: dict[str, list[str]] = field(default_factory=dict)
    """Keys of the mended records that were taken and kept, by theme."""
    looked_up_at: int | None = None
    """Data version when other sources were first looked into; None: they were not."""

    @property
    def mended_records(self) -> int:
        """Mended records kept."""
        return sum(map(len, self.mended.values()))

    def total(self, what: str) -> int:
        """Return a count over all themes: added, changed, removed or unchanged."""
        return sum(getattr(theme, what) for theme in self.themes.values())
