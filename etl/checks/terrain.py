"""Heights of terrain models at places, for checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import CimError, MissingCrs

Floats = npt.NDArray[np.float64]

LARGEST_CELLS = 64_000_000
"""More, in all rasters together, are read thinned out: a check needs metres, not centimetres, and at most 256 MB."""


class TerrainFile(NamedTuple):
    """A raster of heights, and what is known of it beside the file."""

    path: Path
    crs: str | None
    """Its CRS; None: as the file says."""
    height_offset_m: float


@dataclass(frozen=True)
class Raster:
    """A raster of heights in memory."""

    heights: npt.NDArray[np.float32]
    """(rows, columns) city heights, metres; NaN where there is no data."""
    to_cell: tuple[float, float, float, float, float, float]
    """Affine coefficients from the raster's CRS to column and row, cell corners at whole numbers."""
    way: Transformation
    """From the raster's CRS into the city's."""

    @classmethod
    def read(cls, file: TerrainFile, city: CityProfile, thinned: int) -> Raster:
        """Read every so many-th cell.

        Raises
        ------
        MissingCrs, BadCrs
            It has no CRS, or one that cannot be brought into the city's.
        """
        import rasterio  # late: a tenth of the start of a load without terrain

        with rasterio.open(file.path) as raster:
            shape = -(-raster.height // thinned), -(-raster.width // thinned)
            band = raster.read(1, out_shape=shape, masked=True)
            inverse = ~(raster.transform @ raster.transform.scale(raster.width / shape[1], raster.height / shape[0]))
            if file.crs is None and raster.crs is None:
                raise MissingCrs(file.path)
            crs = file.crs or raster.crs.to_wkt()
        way = transformation(crs, city, file.path, height_offset_m=file.height_offset_m)
        heights = band.astype(np.float32).filled(np.nan)
        return cls(way.heights(heights).astype(np.float32), tuple(inverse)[:6], way)

    def at(self, east: Floats, north: Floats) -> Floats:
        """Return heights at places of the raster's CRS, of the cell that holds each; NaN outside."""
        a, b, c, d, e, f = self.to_cell
        with np.errstate(invalid="ignore"):
            column = np.floor(a * east + b * north + c)
            row = np.floor(d * east + e * north + f)
            rows, columns = self.heights.shape
            inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        out = np.full(len(east), np.nan)
        out[inside] = self.heights[row[inside].astype(np.int64), column[inside].astype(np.int64)]
        return out


@dataclass(frozen=True)
class Terrain:
    """The terrain of a city: a place has the height of the first raster that tells one."""

    rasters: tuple[Raster, ...]
    recipe: tuple[tuple[TerrainFile, ...], CityProfile] | None = None
    """What `open` was given."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to another process as what to open: the heights may be hundreds of megabytes."""
        if self.recipe is not None:
            return _opened, self.recipe
        return Terrain, (self.rasters,)

    @classmethod
    def open(cls, files: Iterable[TerrainFile], city: CityProfile) -> Terrain | None:
        """Read rasters, the one to believe first; those that cannot be read are for their own sources to tell.

        Returns
        -------
        Terrain or None
            None: there is none that can be read.
        """
        files = tuple(files)
        thinned = max(1, int(np.ceil(np.sqrt(_cells(files) / LARGEST_CELLS))))
        rasters: list[Raster] = []
        for file in files:
            with suppress(CimError, OSError, ValueError):
                rasters.append(Raster.read(file, city, thinned))
        return cls(tuple(rasters), (files, city)) if rasters else None

    def at(self, x: Floats, y: Floats) -> Floats:
        """Return heights at places of the city's CRS; NaN where no raster tells one."""
        out = np.full(len(x), np.nan)
        planes: dict[str, tuple[Floats, Floats]] = {}
        for raster in self.rasters:
            rows = np.flatnonzero(np.isnan(out))
            if not len(rows):
                break
            if raster.way.crs not in planes:
                planes[raster.way.crs] = raster.way.source_plane(x, y)
            east, north = planes[raster.way.crs]
            out[rows] = raster.at(east[rows], north[rows])
        return out


def _cells(files: Sequence[TerrainFile]) -> int:
    """Return how many cells rasters have together."""
    if not files:
        return 0
    import rasterio

    cells = 0
    for file in files:
        with suppress(OSError, ValueError), rasterio.open(file.path) as raster:
            cells += raster.width * raster.height
    return cells


@lru_cache(maxsize=1)
def _opened(files: tuple[TerrainFile, ...], city: CityProfile) -> Terrain | None:
    """Return the terrain that comes from another process, opened once for all that is checked here."""
    return Terrain.open(files, city)
