"""What is found out about a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Box = tuple[float, float, float, float]

EXAMPLES, EXAMPLE_LENGTH = 3, 40


@dataclass(frozen=True)
class Attribute:
    """What the records of a layer say under one name."""

    name: str
    """Name in the file."""
    type: str
    """text, integer, number, boolean, date, list, object; several, joined by `|`, where records differ."""
    filled: float
    """Share of records that say something, 0 to 1."""
    examples: tuple[str, ...]
    """The first different values, cut to length."""


@dataclass(frozen=True)
class Layer:
    """Records of one sort: a layer, sheet, section, type of object."""

    name: str
    """Its name in the file."""
    count: int
    """Records in it."""
    geometry: str | None = None
    """Type of geometry, where the format has one for the layer."""
    lods: Mapping[str, int] = field(default_factory=dict)
    """Geometries of each level of detail."""
    attributes: tuple[Attribute, ...] = ()
    """What its records say."""


@dataclass(frozen=True)
class Findings:
    """What one inspector finds in a file."""

    format: str
    """Name of the format."""
    kind: str | None
    """Kind of reader for city.toml; None: none reads it."""
    version: str | None = None
    """Version of the format."""
    crs: str | None = None
    """CRS that the file names."""
    crs_from: str | None = None
    """Where it names it."""
    extent: Box | None = None
    """Least first and second, then greatest first and second coordinate, in the order of the file."""
    heights: tuple[float, float] | None = None
    """Least and greatest third coordinate or cell, unit of the file."""
    northing_first: bool = False
    """Whether the file's first coordinate is the northing or latitude."""
    layers: tuple[Layer, ...] = ()
    """What is in it."""
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    """What else the format tells: units, bands, sizes."""
    problems: tuple[str, ...] = ()
    """What will be in the way of loading."""
    sources: tuple[Mapping[str, object], ...] = ({},)
    """Options of each `[[source]]` that loads it."""
    complete: bool = True
    """False: time was up before the end of the file, counts are of what was looked at."""


@dataclass(frozen=True)
class Sample:
    """The beginning of a file."""

    path: Path
    """The file."""
    head: bytes
    """Its first bytes, unpacked where it is gzip."""

    @property
    def suffix(self) -> str:
        """Ending of the name in lower case, that of packing aside."""
        name = self.path.name.lower().removesuffix(".gz")
        return Path(name).suffix


class Clock:
    """Says when time is up."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def up(self) -> bool:
        """Whether it is."""
        return time.monotonic() > self._end


@dataclass(frozen=True)
class Inspector:
    """One format: found by scanning this package."""

    order: int
    """The lower, the earlier it is asked."""
    title: str
    """Name of the format, for messages."""
    claims: Callable[[Sample], bool]
    """Whether a file seems to be of it."""
    look: Callable[[Path, Clock], Findings]
    """Finds out about a file."""
    faults: tuple[type[Exception], ...]
    """What its libraries raise on a damaged file."""
