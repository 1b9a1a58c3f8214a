"""Terrain as a GeoTIFF, written strip by strip."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

from cim.etl.sample.plan import Plan
from cim.etl.sample.relief import Relief
from cim.etl.sample.valley import HALF_RIVER_M, crest, pitch

NODATA = -9999.0
"""Value of cells without height; the sample has none."""

_MARGIN_M = 160.0
_TILE = 256
_CACHE_MB = 64
_CELLS = ((3_400.0, 2.0), (14_000.0, 5.0), (math.inf, 10.0))


@dataclass(frozen=True)
class Extent:
    """Extent of the terrain: a north-up grid of square cells."""

    west: float
    """Easting of the left edge."""
    north: float
    """Northing of the upper edge."""
    cell_m: float
    """Size of a cell."""
    columns: int
    """Cells in a row."""
    rows: int
    """Rows."""


def extent(plan: Plan, relief: Relief) -> Extent:
    """Return a grid that holds every district and a margin."""
    low = -(crest(plan.rows_south) + HALF_RIVER_M)
    u = np.linspace(-60.0, plan.length_m * plan.columns + 60.0, 200)
    v = np.linspace(low, low + pitch(plan) * plan.valleys, 200)
    edge_u = np.concatenate([u, u, np.full(200, u[0]), np.full(200, u[-1])])
    edge_v = np.concatenate([np.full(200, v[0]), np.full(200, v[-1]), v, v])
    x, y = relief.mapping.world(edge_u, edge_v)
    span = max(np.ptp(x), np.ptp(y)) + 2 * _MARGIN_M
    cell = next(size for limit, size in _CELLS if span <= limit)
    west = math.floor((x.min() - _MARGIN_M) / cell) * cell
    north = math.ceil((y.max() + _MARGIN_M) / cell) * cell
    columns = math.ceil((x.max() + _MARGIN_M - west) / cell)
    rows = math.ceil((north - y.min() + _MARGIN_M) / cell)
    return Extent(west, north, cell, columns, rows)


def write_dem(path: Path, plan: Plan, relief: Relief, crs: str) -> None:
    """Write the terrain: float32, deflated, tiled; heights are of the city's datum."""
    grid = extent(plan, relief)
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "width": grid.columns, "height": grid.rows, "crs": crs,
        "transform": from_origin(grid.west, grid.north, grid.cell_m, grid.cell_m), "nodata": NODATA,
        "compress": "deflate", "predictor": 3, "zlevel": 6, "tiled": True, "blockxsize": _TILE,
        "blockysize": _TILE, "bigtiff": "if_safer",
    }  # fmt: skip
    x = grid.west + (np.arange(grid.columns) + 0.5) * grid.cell_m
    # GDAL would keep a twentieth of the machine's memory full of finished blocks.
    with rasterio.Env(GDAL_CACHEMAX=_CACHE_MB), rasterio.open(path, "w", **profile) as target:
        target.update_tags(
            TIFFTAG_IMAGEDESCRIPTION="Made-up terrain of a sample city (synthetic)", AREA_OR_POINT="Area"
        )
        for first in range(0, grid.rows, _TILE):
            count = min(_TILE, grid.rows - first)
            y = grid.north - (first + np.arange(count) + 0.5) * grid.cell_m
            place = (np.tile(x, count), np.repeat(y, grid.columns))
            height = relief.height_at(*place).reshape(count, grid.columns)
            # Centimetres: finer steps are noise that only swells the file.
            target.write(height.round(2).astype(np.float32), 1, window=Window(0, first, grid.columns, count))
