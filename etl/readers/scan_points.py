"""Points of a laser scan, in portions: memory does not grow with the file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import laspy
import pyproj
from laspy.errors import LaspyException

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import BadSource, MissingCrs
from cim.etl.places import stated_crs
from cim.etl.readers.scan_header import refuse_impossible, refuse_impossible_chunks
from cim.local_grid import SecretCrs
from cim.manifest import SourceSpec

PORTION = 1_000_000
"""Points at a time: some 80 MB."""
_BYTES = 80_000_000
"""Most bytes of a portion: points may be wide."""
_FAULTS = (
    LaspyException,
    OSError,
    RuntimeError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    OverflowError,
    MemoryError,
)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a scan.

    Raises
    ------
    BadSource
        It is none, or cannot be read.
    """
    refuse_impossible(path)
    try:
        file = laspy.open(path)
    except _FAULTS as error:
        raise _unreadable(path, error) from error
    with file:
        if file.header.are_points_compressed:
            _check_chunks(path, file.header)
        yield file


def _check_chunks(path: Path, header: Any) -> None:
    """Refuse a LAZ file whose chunks cannot be."""
    try:
        laszip = header.vlrs[header.vlrs.index("LasZipVlr")]
        refuse_impossible_chunks(path, header.offset_to_point_data, laszip.record_data)
    except BadSource:
        raise
    # lazrs tells of damage by an exception of its own that derives from Exception alone.
    except Exception as error:
        raise _unreadable(path, error) from error


def portions(file: Any, path: Path) -> Iterator[Any]:
    """Yield the points of an open scan."""
    points = file.chunk_iterator(max(1, min(PORTION, _BYTES // file.header.point_format.size)))
    while True:
        try:
            portion = next(points, None)
        # lazrs tells of damage by an exception of its own that derives from Exception alone, or it panics.
        except Exception as error:
            raise _unreadable(path, error) from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise _unreadable(path, error) from error
        if portion is None:
            return
        if len(portion):
            yield portion


def way_of_scan(source: SourceSpec, header: Any, city: CityProfile, path: Path) -> Transformation:
    """Return the way from a scan's CRS into the city's; the manifest's CRS comes before the file's."""
    crs: str | None = source.crs
    if isinstance(crs, SecretCrs):
        raise BadSource(path, f"is a scan in {crs}, which is not kept with it", "convert it to a public CRS first")
    if crs is None:
        crs = _stated(header)
    if crs is None:
        raise MissingCrs(path)
    return transformation(crs, city, path, height_offset_m=source.height_offset_m)


def _stated(header: Any) -> str | None:
    """Return the CRS that a header states, by its code where it has one."""
    try:
        with warnings.catch_warnings():
            # laspy warns of keys that it does not know; the manifest can say the CRS.
            warnings.simplefilter("ignore")
            crs = header.parse_crs()
    except (pyproj.exceptions.CRSError, *_FAULTS):
        return None
    return None if crs is None else stated_crs(crs) or crs.to_wkt()


def _unreadable(path: Path, error: BaseException) -> BadSource:
    """One line of what laspy says."""
    said = " ".join(str(error).split()).replace(str(path), path.name)
    return BadSource(path, f"cannot be read as a laser scan ({said[:200]})", "give a whole LAS or LAZ file")
