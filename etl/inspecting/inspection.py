"""A file's inspection: which inspector, what it found, and what is said of it."""

from __future__ import annotations

import gzip
import pkgutil
import zlib
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import cim.etl.inspecting as package
from cim.errors import BadSource, CimError, MissingSource
from cim.etl.inspecting.findings import Box, Clock, Findings, Inspector, Sample
from cim.etl.inspecting.places import degrees, short_crs

SECONDS = 60.0
"""Time for a file; what has been counted by then is told."""
_HEAD_BYTES = 1 << 16


@dataclass(frozen=True)
class Inspection:
    """All that is said of a file."""

    path: Path
    """The file, as given."""
    size_bytes: int
    """Its size."""
    found: Findings
    """What its inspector found."""
    crs: str | None
    """CRS that counts: the one given, else the file's."""
    crs_from: str | None
    """Where it is from."""
    extent_wgs84: Box | None
    """West, south, east, north, degrees."""
    problems: tuple[str, ...]
    """What will be in the way."""

    def document(self) -> dict[str, Any]:
        """Return it as a document for machines."""
        found = asdict(self.found)
        found |= {"crs": self.crs, "crs_from": self.crs_from, "extent_wgs84": self.extent_wgs84}
        found["problems"] = self.problems
        return {"path": str(self.path), "size_bytes": self.size_bytes, **found, "city_toml": self.source_lines()}

    def source_lines(self) -> str:
        """Return the `[[source]]` tables to paste into city.toml; empty: no reader takes the file."""
        from cim.etl.inspecting.telling import source_tables

        return source_tables(self)


def inspect_file(path: Path, *, crs: str | None = None, seconds: float = SECONDS) -> Inspection:
    """Find out what a file is.

    Parameters
    ----------
    path
        The file, or a folder that is loaded as one source.
    crs
        Its CRS, where it names none.
    seconds
        Time after which what was counted so far is told.

    Raises
    ------
    BadSource
        It is missing, damaged, or of no known format.
    """
    return _judged(path, looked(path, Clock(seconds)), crs)


def looked(path: Path, clock: Clock) -> Findings:
    """Return what the inspector of a file's format finds.

    Raises
    ------
    BadSource
        It is missing, damaged, or of no known format.
    """
    sample = _sample(path)
    inspector = next((item for item in inspectors() if item.claims(sample)), None)
    if inspector is None:
        raise BadSource(path, "is of no known format", "see the kinds in docs/loading.md")
    try:
        return inspector.look(path, clock)
    except CimError:
        raise
    except _faults(inspector) as error:
        said = " ".join(str(error).split()).replace(str(path), path.name).partition("; It might help")[0]
        said = said[:200] or type(error).__name__
        remedy = "see that it is whole and of that format"
        raise BadSource(path, f"cannot be read as {inspector.title} ({said})", remedy) from error


def _faults(inspector: Inspector) -> tuple[type[Exception], ...]:
    """Return what a damaged file can raise."""
    return (*inspector.faults, OSError, EOFError, zlib.error, MemoryError, RecursionError)


@cache
def inspectors() -> tuple[Inspector, ...]:
    """Return every inspector in the order in which they are asked."""
    names = [item.name for item in pkgutil.iter_modules(package.__path__)]
    modules = (import_module(f"{package.__name__}.{name}") for name in names)
    found = (getattr(module, "INSPECTOR", None) for module in modules)
    return tuple(sorted((item for item in found if isinstance(item, Inspector)), key=lambda item: item.order))


def _sample(path: Path) -> Sample:
    """Read the beginning of a file."""
    if not path.exists():
        raise MissingSource(path)
    if path.is_dir():
        return Sample(path, b"")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path) as packed:
                head = packed.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise BadSource(path, f"cannot be read ({error})", "see that it is whole and that you may read it") from error
    if not head:
        raise BadSource(path, "is empty", "get a whole copy")
    return Sample(path, head)


def _judged(path: Path, found: Findings, given: str | None) -> Inspection:
    """Add what follows from CRS and extent."""
    crs, crs_from = (given, "given with --crs") if given else (short_crs(found.crs), found.crs_from)
    problems = list(found.problems)
    box = None
    if found.extent is not None and crs is None:
        problems.append('has no CRS: give one with crs = "EPSG:…" in city.toml')
    elif crs is not None:
        box, wrong = degrees(found, crs)
        problems += wrong
    if not any(layer.count for layer in found.layers):
        problems.append("has no records")
    if not found.complete:
        problems.append("was not read to its end, as time was up: counts are of what was looked at (see --seconds)")
    size = path.stat().st_size if path.is_file() else sum(item.stat().st_size for item in path.rglob("*"))
    return Inspection(path, size, found, crs, crs_from, box, tuple(problems))
