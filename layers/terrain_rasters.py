"""Heights from the city's terrain models: sampled where they have data, at the size of cell that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.windows import Window

from cim.city import CityProfile
from cim.crs import transformation
from cim.errors import CimError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class MissingRaster(CimError):
    """A raster that the database speaks of is not in the data folder, or cannot be read any more."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is missing or damaged: load its source again with cim load")


@dataclass(frozen=True)
class RasterSource:
    """A terrain model of the city."""

    path: Path
    """Its file."""
    crs: str
    """CRS of its coordinates."""
    height_offset_m: float
    """Added to its values to reach the city's datum."""
    resolution_m: float
    """Size of a cell, metres."""


@dataclass(frozen=True)
class CellWindow:
    """Some cells of a raster, which may lie beyond its border."""

    first_column: int
    """First column, counted from the raster's first."""
    first_row: int
    """First row."""
    last_column: int
    """Last column."""
    last_row: int
    """Last row."""

    def __len__(self) -> int:
        """Return the number of cells."""
        return (self.last_column - self.first_column + 1) * (self.last_row - self.first_row + 1)

    def middles(self, margin: int) -> tuple[Floats, Floats]:
        """Return (rows, columns) columns and rows of the middles of the cells and so many around them."""
        columns = np.arange(self.first_column - margin, self.last_column + margin + 1) + 0.5
        rows = np.arange(self.first_row - margin, self.last_row + margin + 1) + 0.5
        column, row = np.meshgrid(columns, rows)
        return column, row


class OpenRaster:
    """A terrain model that is open for reading.

    Parameters
    ----------
    source
        The model.
    city
        The city, in whose coordinates places are given.
    dataset
        Its open rasterio dataset.
    """

    def __init__(self, source: RasterSource, city: CityProfile, dataset: Any) -> None:
        self.source = source
        self._dataset = dataset
        self._way = transformation(source.crs, city, source.path, height_offset_m=source.height_offset_m)
        self._to_cells = ~dataset.transform

    def cells(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return columns and rows, fractions of cells from the outer corner, of city coordinates."""
        return _applied(self._to_cells, *self._way.source_plane(x, y))

    def places(self, column: Floats, row: Floats) -> tuple[Floats, Floats]:
        """Return city coordinates of columns and rows: `cells` the other way."""
        return self._way.plane(*_applied(self._dataset.transform, column, row))

    def outline(self, points: int = 25) -> tuple[Floats, Floats]:
        """Return city coordinates of points along its border."""
        along, zero = np.linspace(0.0, 1.0, points), np.zeros(points)
        column = np.concatenate([along, zero + 1, along, zero]) * self._dataset.width
        row = np.concatenate([zero, along, zero + 1, along]) * self._dataset.height
        return self.places(column, row)

    def window(self, x: Floats, y: Floats) -> CellWindow:
        """Return the cells, beyond the border too, whose middles have the city coordinates between them."""
        column, row = self.cells(x, y)
        low = [int(np.floor(place.min() - 0.5)) for place in (column, row)]
        high = [int(np.floor(place.max() - 0.5)) + 1 for place in (column, row)]
        return CellWindow(low[0], low[1], high[0], high[1])

    def touches(self, window: CellWindow, reach: int) -> bool:
        """Whether any of its cells lies in the window or so many cells beside it."""
        beside = window.last_column + reach < 0 or window.first_column - reach >= self._dataset.width
        return not (beside or window.last_row + reach < 0 or window.first_row - reach >= self._dataset.height)

    def heights(self, column: Floats, row: Floats, cell_m: float) -> tuple[Floats, Bools]:
        """Return city heights at places given in cells, and where there are any.

        Parameters
        ----------
        column, row
            Places, fractions of cells; arrays of one shape.
        cell_m
            Distance of the places from one another: finer cells are averaged first, so that nothing flickers.
        """
        inside = self._inside(column, row)
        if not inside.any():
            return np.zeros(column.shape), inside
        factor = 2 ** max(0, int(np.log2(max(cell_m / self.source.resolution_m, 1.0))))
        values, known, first_column, first_row = self._read(column[inside], row[inside], factor)
        found, weight = _bilinear(
            values,
            known,
            (column[inside] - first_column) / factor - 0.5,
            (row[inside] - first_row) / factor - 0.5,
        )
        heights, valid = np.zeros(column.shape), np.zeros(column.shape, bool)
        # Half of what is interpolated must be known: so the data ends half a cell beyond its last known cell.
        valid[inside] = weight >= 0.5
        heights[inside] = self._way.heights(found)
        return heights, valid

    def _inside(self, column: Floats, row: Floats) -> Bools:
        known = np.isfinite(column) & np.isfinite(row)
        beside = (column < 0) | (row < 0) | (column > self._dataset.width) | (row > self._dataset.height)
        inside: Bools = known & ~beside
        return inside

    def _read(self, column: Floats, row: Floats, factor: int) -> tuple[Floats, Bools, int, int]:
        """Return the cells around places, averaged by blocks of `factor`, aligned so that all reads agree."""
        dataset = self._dataset
        first_column, last_column = _blocks(column, factor, dataset.width)
        first_row, last_row = _blocks(row, factor, dataset.height)
        window = Window(first_column, first_row, last_column - first_column, last_row - first_row)
        shape = (max(window.height // factor, 1), max(window.width // factor, 1))
        try:
            read = dataset.read(1, window=window, out_shape=shape, resampling=Resampling.average, masked=True)
        except RasterioError as error:
            raise MissingRaster(self.source.path) from error
        values = np.ma.getdata(read).astype(np.float64)
        known = ~np.ma.getmaskarray(read) & np.isfinite(values)
        return np.where(known, values, 0.0), known, first_column, first_row


def _applied(transform: Any, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return coordinates through an affine transform; its operator for arrays has changed with its versions."""
    return (
        transform.a * x + transform.b * y + transform.c,
        transform.d * x + transform.e * y + transform.f,
    )


def _blocks(place: Floats, factor: int, size: int) -> tuple[int, int]:
    """First and last cell of the whole blocks around places, one block more on each side."""
    first = max((int(place.min()) // factor - 1) * factor, 0)
    last = min((int(place.max()) // factor + 2) * factor, size // factor * factor if size >= factor else size)
    return min(first, max(last - factor, 0)), last


def _bilinear(values: Floats, known: Bools, column: Floats, row: Floats) -> tuple[Floats, Floats]:
    """Interpolate between the middles of cells; return values and the share of each that is known.

    Unknown cells are left out and the others weigh more; at the border the last cell goes on.
    """
    height, width = values.shape
    column, row = np.clip(column, 0, width - 1), np.clip(row, 0, height - 1)
    left, top = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    x, y = column - left, row - top
    total, weight = np.zeros(column.shape), np.zeros(column.shape)
    for i, j, share in (
        (top, left, (1 - x) * (1 - y)),
        (top, right, x * (1 - y)),
        (bottom, left, (1 - x) * y),
        (bottom, right, x * y),
    ):
        usable = share * known[i, j]
        total += usable * values[i, j]
        weight += usable
    return total / np.maximum(weight, 1e-12), weight


@contextmanager
def opened(sources: Sequence[RasterSource], city: CityProfile) -> Iterator[list[OpenRaster]]:
    """Open the terrain models while the block runs.

    Raises
    ------
    MissingRaster
        A file is not there or is no raster.
    """
    with ExitStack() as stack:
        rasters = []
        for source in sources:
            try:
                dataset = stack.enter_context(rasterio.open(source.path))
            except RasterioError as error:
                raise MissingRaster(source.path) from error
            rasters.append(OpenRaster(source, city, dataset))
        yield rasters
