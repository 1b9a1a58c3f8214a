"""Heights of a terrain model at places, for checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cim.city import CityProfile
from cim.crs import Transformation, transformation

Floats = npt.NDArray[np.float64]

LARGEST_CELLS = 64_000_000
"""A larger raster is read thinned out: a check needs metres, not centimetres, and at most 256 MB."""


@dataclass(frozen=True)
class Terrain:
    """A terrain model held in memory."""

    heights: npt.NDArray[np.float32]
    """(rows, columns) city heights, metres; NaN where there is no data."""
    to_cell: tuple[float, float, float, float, float, float]
    """Affine coefficients from the raster's CRS to column and row, cell corners at whole numbers."""
    way: Transformation
    """From the raster's CRS into the city's."""
    recipe: tuple[Path, CityProfile, str | None, float] | None = None
    """What `open` was given."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to another process as what to open: the heights may be hundreds of megabytes."""
        if self.recipe is not None:
            return _opened, self.recipe
        return Terrain, (self.heights, self.to_cell, self.way)

    @classmethod
    def open(cls, path: Path, city: CityProfile, crs: str | None = None, height_offset_m: float = 0.0) -> Terrain:
        """Read a raster.

        Raises
        ------
        BadCrs
            Its CRS cannot be brought into the city's.
        """
        import rasterio  # late: a tenth of the start of a load without terrain

        with rasterio.open(path) as raster:
            factor = max(1, int(np.ceil(np.sqrt(raster.width * raster.height / LARGEST_CELLS))))
            shape = -(-raster.height // factor), -(-raster.width // factor)
            band = raster.read(1, out_shape=shape, masked=True)
            scale = raster.transform.scale(raster.width / shape[1], raster.height / shape[0])
            inverse = ~(raster.transform @ scale)
            way = transformation(crs or raster.crs.to_wkt(), city, path, height_offset_m=height_offset_m)
        heights = band.astype(np.float32).filled(np.nan)
        recipe = path, city, crs, height_offset_m
        return cls(way.heights(heights).astype(np.float32), tuple(inverse)[:6], way, recipe)

    def at(self, x: Floats, y: Floats) -> Floats:
        """Return heights at places of the city's CRS, of the cell that holds each; NaN outside."""
        east, north = self.way.source_plane(x, y)
        a, b, c, d, e, f = self.to_cell
        with np.errstate(invalid="ignore"):
            column = np.floor(a * east + b * north + c)
            row = np.floor(d * east + e * north + f)
            rows, columns = self.heights.shape
            inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        out = np.full(len(x), np.nan)
        out[inside] = self.heights[row[inside].astype(np.int64), column[inside].astype(np.int64)]
        return out


@lru_cache(maxsize=1)
def _opened(path: Path, city: CityProfile, crs: str | None, height_offset_m: float) -> Terrain:
    """Return a terrain model that comes from another process, opened once for all that is checked here."""
    return Terrain.open(path, city, crs, height_offset_m)
