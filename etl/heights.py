"""Heights of footprints that have none: measured in a laser scan, or between a surface and a terrain model.

Option `heights` of a source of footprints: `{scan = "scan.laz"}` or `{dsm = "dsm.tif", dem = "dem.tif"}`, with
`percentile` (90), `least_points` (10) and `height_offset_m` (0). Paths are relative to the footprints' file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from cim.city import CityProfile
from cim.errors import BadSource, MissingSource
from cim.etl.records import Geometries
from cim.manifest import SourceSpec

Floats = npt.NDArray[np.float64]

GROUND_PERCENTILE = 5.0
"""Of the heights around a building: the lowest ground at its walls, but for stray points."""
LEAST_HEIGHT_M = 1.0
"""What stands lower is no building: it is gone, or was not yet there."""
_KNOWN = frozenset({"scan", "dsm", "dem", "percentile", "least_points", "height_offset_m"})


@dataclass(frozen=True)
class Measured:
    """What was measured for each footprint."""

    top_m: Floats
    """City height of the roof at the percentile, metres; NaN: not measured."""
    ground_m: Floats
    """City height of the lowest ground, metres."""
    points: npt.NDArray[np.int64]
    """Points or cells on the roof."""
    method: str
    """How: `scan` or `dsm-dem`."""
    percentile: float
    """Of the roof's points."""
    source: str
    """Names of the files."""

    @property
    def height_m(self) -> Floats:
        """Height above the lowest ground; NaN where none was measured."""
        height = np.round(self.top_m - self.ground_m, 2)
        return np.where(height >= LEAST_HEIGHT_M, height, np.nan)

    def note(self, row: int) -> dict[str, Any]:
        """Return what the attributes of a footprint tell of its height."""
        return {
            "method": self.method,
            "percentile": self.percentile,
            "points": int(self.points[row]),
            "source": self.source,
        }


class Gauge(Protocol):
    """Something that measures footprints."""

    def measure(self, footprints: Geometries) -> Measured:
        """Measure footprints in the city's CRS."""


@dataclass(frozen=True)
class Rules:
    """How a gauge measures."""

    percentile: float = 90.0
    """Of the roof's points: the highest are antennas, birds and noise."""
    least_points: int = 10
    """Fewer points measure nothing."""
    height_offset_m: float = 0.0
    """Added to the file's heights to reach the city's datum."""


def gauge(source: SourceSpec, city: CityProfile) -> Gauge | None:
    """Return what option `heights` asks for; None: it is not given.

    Raises
    ------
    BadSource
        The option cannot be used, or its files cannot be read.
    """
    told = source.options.get("heights")
    if told is None:
        return None
    if not isinstance(told, dict) or set(told) - _KNOWN or ("scan" in told) == ("dsm" in told and "dem" in told):
        remedy = 'give { scan = "scan.laz" } or { dsm = "dsm.tif", dem = "dem.tif" }, with percentile, least_points'
        raise BadSource(source.path, f"option heights = {told!r}", remedy)
    rules = _rules(source, told)
    # Imported here: footprints that know their heights need no library of scans.
    if "scan" in told:
        from cim.etl.heights_scan import ScanGauge

        return ScanGauge(_file(source, told["scan"]), city, rules)
    from cim.etl.heights_raster import RasterGauge

    return RasterGauge(_file(source, told["dsm"]), _file(source, told["dem"]), city, rules)


def _rules(source: SourceSpec, told: dict[str, Any]) -> Rules:
    """Return the option's numbers."""
    numbers = {name: told[name] for name in ("percentile", "least_points", "height_offset_m") if name in told}
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadSource(source.path, f"option heights.{name} = {value!r}", "give a number")
    rules = Rules(**numbers)
    if not 0 < rules.percentile <= 100:
        raise BadSource(source.path, f"option heights.percentile = {rules.percentile}", "give one from 1 to 100")
    return rules


def _file(source: SourceSpec, name: object) -> Path:
    """Return a file beside the footprints."""
    path = source.path.parent / str(name)
    if not path.is_file():
        raise MissingSource(path)
    return path


def percentiles(values: Floats, owner: npt.NDArray[np.int64], rows: int, share: float, least: int) -> Floats:
    """Return the percentile of each owner's values; NaN where it has fewer than `least`."""
    out = np.full(rows, np.nan)
    order = np.argsort(owner, kind="stable")
    owners, start = np.unique(owner[order], return_index=True)
    parts: Sequence[Floats] = np.split(values[order], start[1:]) if len(owners) else []
    for at, part in zip(owners.tolist(), parts, strict=True):
        if len(part) >= least:
            out[at] = np.percentile(part, share)
    return out
