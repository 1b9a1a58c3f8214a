"""Laser scans (LAS, LAZ, COPC): what they hold and where they lie; a file, or a folder of tiles.

The file stays beside the database, under its digest. Points are counted one by one, in portions: the header of a file
that was cut off still promises all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cim.city import CityProfile
from cim.crs import Transformation
from cim.errors import BadSource
from cim.etl.batch import Batch, Reader
from cim.etl.fingerprint import fingerprint, source_files
from cim.etl.readers.scan_points import opened, portions, way_of_scan
from cim.manifest import SourceSpec

SUFFIXES = (".las", ".laz")
_EDGE_POINTS = 25


@dataclass
class _Tally:
    """What the points of a file say."""

    points: int = 0
    lowest: float = np.inf
    highest: float = -np.inf
    classes: Counter[int] = field(default_factory=Counter)

    def take(self, portion: Any) -> None:
        """Count a portion of points."""
        height = np.asarray(portion.z, dtype=np.float64)
        self.points += len(height)
        self.lowest, self.highest = min(self.lowest, height.min()), max(self.highest, height.max())
        numbers, counts = np.unique(np.asarray(portion.classification), return_counts=True)
        self.classes.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield one record a file.

    Raises
    ------
    BadSource
        A file is no LAS or LAZ, is cut off, has no CRS or no points.
    """
    paths = [path for path in source_files(source.path) if path.suffix.lower() in SUFFIXES]
    if not paths:
        raise BadSource(source.path, "holds no LAS or LAZ file", "put files there that end in .las or .laz")
    whole = source.path.is_dir()
    for number, path in enumerate(paths, 1):
        record, way = _record(source, city, path)
        record["source_key"] = str(path.relative_to(source.path)) if whole else source.name
        file = f"scan/{fingerprint(replace(source, path=path)).sha256}{path.suffix.lower()}"
        record["file"] = Path(file).name
        yield Batch(
            "scan_asset",
            pd.DataFrame([record], index=[number]),
            crs=way.crs,
            pipeline=way.pipeline,
            accuracy_m=way.accuracy_m,
            files={file: path},
        )


def _record(source: SourceSpec, city: CityProfile, path: Path) -> tuple[dict[str, Any], Transformation]:
    """Read a file through, and return its row."""
    with opened(path) as file:
        header = file.header
        way = way_of_scan(source, header, city, path)
        tally = _Tally()
        for portion in portions(file, path):
            tally.take(portion)
    if not tally.points:
        raise BadSource(path, "has no points", "give the whole file")
    if tally.points != header.point_count:
        what = f"ends after {tally.points} of {header.point_count} points"
        raise BadSource(path, what, "it is truncated: get a whole copy")
    extent = _extent(header, way, path)
    lowest, highest = way.heights(np.array([tally.lowest, tally.highest])).tolist()
    known = {vlr.__class__.__name__ for vlr in header.vlrs}
    record = {
        "format": "copc" if "CopcInfoVlr" in known else path.suffix.lower().removeprefix("."),
        "crs": way.crs,
        "points": tally.points,
        "density": tally.points / extent.area if extent.area else None,
        "classes": ", ".join(str(number) for number in sorted(tally.classes)),
        "lowest_m": lowest,
        "highest_m": highest,
        "height_offset_m": source.height_offset_m,
        "geom": extent,
        "attributes": {
            "file_name": path.name,
            "las_version": str(header.version),
            "point_format": header.point_format.id,
            "points_by_class": {str(number): count for number, count in sorted(tally.classes.items())},
        },
    }
    return record, way


def _extent(header: Any, way: Transformation, path: Path) -> shapely.Polygon:
    """Return a scan's outline in the city's CRS, by the header."""
    (west, south, _), (east, north, _) = header.mins, header.maxs
    along, zero = np.linspace(0, 1, _EDGE_POINTS), np.zeros(_EDGE_POINTS)
    x = west + np.concatenate([along, zero + 1, along[::-1], zero]) * (east - west)
    y = south + np.concatenate([zero, along, zero + 1, along[::-1]]) * (north - south)
    points = way.points(np.column_stack([x, y]))
    if not np.isfinite(points).all():
        what = "lies where its CRS cannot be brought into the city's"
        raise BadSource(path, what, "see that its CRS and the extent in its header are the right ones")
    return shapely.Polygon(points)


READER = Reader(kind="scan", title="Laser scan: LAS, LAZ, COPC", read=read)
