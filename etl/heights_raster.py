"""Heights of footprints between a surface model and a terrain model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.features
import rasterio.windows
import shapely
from rasterio.errors import RasterioError, WindowError

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import BadSource, MissingCrs
from cim.etl.heights import GROUND_PERCENTILE, Measured, Rules
from cim.etl.records import Geometries

Floats = npt.NDArray[np.float64]


class RasterGauge:
    """Measures cells of two rasters under each footprint; each in its own CRS."""

    def __init__(self, surface: Path, terrain: Path, city: CityProfile, rules: Rules) -> None:
        self._surface, self._terrain, self._city, self._rules = surface, terrain, city, rules

    def measure(self, footprints: Geometries) -> Measured:
        """Measure footprints: the roof by the surface model's cells, the lowest ground by the terrain model's."""
        roofs = self._cells(self._surface, footprints)
        grounds = self._cells(self._terrain, footprints)
        count = np.array([len(cells) for cells in roofs], dtype=np.int64)
        return Measured(
            _percentile(roofs, self._rules.percentile, self._rules.least_points),
            _percentile(grounds, GROUND_PERCENTILE, 1),
            count,
            "dsm-dem",
            self._rules.percentile,
            f"{self._surface.name}, {self._terrain.name}",
        )

    def _cells(self, path: Path, footprints: Geometries) -> list[Floats]:
        """Return the heights, city datum, of the cells under each footprint."""
        try:
            with rasterio.open(path) as dataset:
                if dataset.crs is None:
                    raise MissingCrs(path)
                offset = self._rules.height_offset_m
                way = transformation(dataset.crs.to_wkt(), self._city, path, height_offset_m=offset)
                placed = _outward(footprints, way)
                return [way.heights(_under(dataset, shape)) for shape in placed]
        except (RasterioError, UnicodeDecodeError) as error:  # names within its CRS may be no text
            said = " ".join(str(error).split()).replace(str(path), path.name)
            raise BadSource(path, f"cannot be read as a raster ({said})", "give a whole GeoTIFF") from error


def _outward(footprints: Geometries, way: Transformation) -> Geometries:
    """Bring footprints into a raster's CRS."""

    def plane(points: Floats) -> Floats:
        return np.column_stack(way.source_plane(points[:, 0], points[:, 1]))

    return np.asarray(shapely.transform(footprints, plane), dtype=object)


def _under(dataset: Any, shape: shapely.Geometry | None) -> Floats:
    """Return the values of the cells whose middle lies under a shape, of all it touches where there are none."""
    if shape is None or shapely.is_empty(shape):
        return np.empty(0)
    try:
        window = rasterio.features.geometry_window(dataset, [shape])
    except WindowError:
        return np.empty(0)
    values = dataset.read(1, window=window, masked=True)
    place = rasterio.windows.transform(window, dataset.transform)
    for touched in (False, True):
        outside = rasterio.features.geometry_mask([shape], values.shape, place, all_touched=touched)
        cells: Floats = values[~outside].compressed().astype(np.float64)
        cells = cells[np.isfinite(cells)]
        if len(cells):
            return cells
    return np.empty(0)


def _percentile(cells: list[Floats], share: float, least: int) -> Floats:
    """Return the percentile of each footprint's cells; NaN where it has fewer than `least`."""
    return np.array([np.percentile(some, share) if len(some) >= least else np.nan for some in cells], dtype=np.float64)
