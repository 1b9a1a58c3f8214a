"""What a reader yields: batches of records in the columns of a theme, and what it refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.city import CityProfile
from cim.etl.digest import Digests
from cim.etl.faces import Faces
from cim.etl.records import Records
from cim.etl.seen import Seen
from cim.manifest import SourceSpec

EVERY_RECORD = "every record"
"""Record of a remark on a file as a whole. Each part of a file may make it: it is told once."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record refused (error) or remarked on (warning)."""

    record: str
    """Row number, id or sheet and row in the file."""
    code: str
    """Stable code of the check, e.g. `geometry.self_intersection`."""
    reason: str
    """What is wrong, with the value."""
    remedy: str | None = None
    """What to do."""
    theme: str | None = None
    """Theme the record was meant for."""
    source_key: str | None = None
    """Key of the record, where it has one."""
    original: Mapping[str, Any] | None = None
    """The record as it stood in the file."""
    severity: str = "error"
    """`error`: refused; `warning`: kept and told."""
    file: str | None = None
    """File, sheet or layer, where a source has several."""
    reason_zh: str | None = None
    """What is wrong in Chinese, with the value; None: the register's words stand for it."""
    place: tuple[float, float] | None = None
    """Where the fault is, city CRS, metres; None: not known, or where the record is."""
    original_is_row: bool = False
    """Whether `original` holds the cells of the file's row under their own titles; else columns of the theme."""


MendedRow: TypeAlias = "Callable[[Reject], Mapping[str, Any] | None]"
"""Gives the cells of a refused row as they were mended, by title; None: they were not."""


def key_as_text(key: object) -> str | None:
    """Return a record's key as a reject tells it; None for any of the values that stand for nothing."""
    return None if key is None or key is pd.NA or key != key else str(key)


@dataclass(frozen=True)
class Batch:
    """Some records of one theme, in the city's CRS and datum."""

    theme: str
    """Table of `cim.tables`: building, pipe_segment, …"""
    frame: pd.DataFrame
    """A row a record: `source_key`, columns of the table, `<name>_key` for references, `geom` (shapely).
    The index is the record's number or name in the file. `attributes` holds a dict of all the rest."""
    details: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Rows that belong to a version (`building_lod`); column `parent` is the position of its row in `frame`."""
    rejects: Sequence[Reject] = ()
    """What the reader itself refused."""
    records_in: int | None = None
    """Records read for this batch, refused ones too; None: rows of `frame` plus error rejects."""
    crs: str | None = None
    """CRS that the records came in, where the reader had to find out."""
    pipeline: str | None = None
    """PROJ pipeline that brought them into the city's CRS."""
    accuracy_m: float | None = None
    """Accuracy of that pipeline, metres."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Files that stay beside the database: path below the data folder → file to copy there."""
    faces: Mapping[str, Faces] = field(default_factory=dict)
    """Polygons of a detail frame as flat arrays, in the order of its rows, for checks; where the reader has them."""
    checked: Checked | None = None
    """What the checks made of it, where another process has run them; of `frame` then only what is still asked for."""
    mended: frozenset[str] = frozenset()
    """Which rows of `frame` were read from mended cells, by their names in its index."""


@dataclass(frozen=True)
class Checked:
    """A batch after the checks."""

    records: Records
    """What can be stored."""
    rejects: Sequence[Reject]
    """What the checks refused and remarked on."""
    kept: npt.NDArray[np.bool_]
    """(rows of the frame,) Which are among the records."""
    digests: Digests | None = None
    """Digests of the records, which are completed then; None: `cim.etl.completing` is still to do that."""
    seen: Seen | None = None
    """Where all rows of the frame lie; None: nowhere, or it does not matter."""


class Part(Protocol):
    """A part of a source, small enough to be read at once, that can be sent to another process."""

    def read(self, source: SourceSpec, city: CityProfile) -> list[Batch]:
        """Return the part's batches."""


class Parts(Protocol):
    """Cuts a source into parts that together hold the batches of the reader's function, in its order."""

    def __call__(self, source: SourceSpec, city: CityProfile, /) -> Iterator[Part]:
        """Yield the parts, without reading more of the source than needed."""


class Read(Protocol):
    """A reader's function: path in, frames out, in bounded memory, with no database."""

    def __call__(self, source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
        """Yield the source's records in batches, referenced themes first."""


class ReadMended(Protocol):
    """As `Read`, with mended cells in the place of those of the rows that it refuses."""

    def __call__(self, source: SourceSpec, city: CityProfile, mended: MendedRow) -> Iterator[Batch]:
        """Yield the source's records in batches, referenced themes first."""


@dataclass(frozen=True)
class Reader:
    """A format: found by its kind in `cim.etl.readers`, one module a format."""

    kind: str
    """Name in city.toml."""
    title: str
    """What it reads, in a few words."""
    read: Read
    """The function that reads."""
    parts: Parts | None = None
    """The function that cuts a source into parts, so that several processes can read; None: one reads it all."""
    read_mended: ReadMended | None = None
    """The function that reads with mended rows, where rows make no sense one by one; None: they are not read anew."""
    worth_cutting: Callable[[SourceSpec, int], bool] | None = None
    """Tells by a source and its size in bytes whether several processes are worth their start, unless they are asked
    for; None: where it is large and has several parts."""
    options: frozenset[str] = frozenset()
    """Names that its `[source.options]` may have: any other is refused before anything is loaded."""
