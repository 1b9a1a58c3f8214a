"""The ground's level at places, from the city's terrain models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim.crs import transformation
from cim.store import Store
from cim.viewer import Viewer

Floats = npt.NDArray[np.float64]

_MODELS = """
SELECT r.file, r.crs, r.height_offset_m
FROM city.raster_asset_current r
JOIN run.load l USING (load_id)
JOIN run.source s USING (source_id)
WHERE r.kind = 'dem' AND r.classification <= run.clearance()
ORDER BY s.precedence, r.resolution_m, r.feature_id
"""


def ground_levels(store: Store, viewer: Viewer, data_dir: Path, places: Floats) -> Floats:
    """Return the level of the ground, between the middles of the four cells around each place.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; terrain that their clearance hides is not read.
    data_dir
        Folder of what the platform keeps; rasters stand in `raster/`.
    places
        (n, 2) coordinates in the city's CRS, metres.

    Returns
    -------
    numpy.ndarray
        (n,) city heights, metres; NaN where no terrain model tells. Of several the one of the first source holds.
    """
    import rasterio  # takes a while to import, which questions that read no terrain need not wait for
    from rasterio.errors import RasterioError

    levels = np.full(len(places), np.nan)
    for model in store.rows(viewer, _MODELS):
        open_ = np.isnan(levels)
        if not open_.any():
            break
        path = data_dir / "raster" / model["file"]
        way = transformation(model["crs"], store.city, path, height_offset_m=model["height_offset_m"])
        x, y = way.source_plane(places[open_, 0], places[open_, 1])
        try:
            with rasterio.open(path) as raster:
                levels[open_] = way.heights(_between(raster, np.asarray(x), np.asarray(y)))
        except RasterioError:  # gone from the folder: its loader says so, a drawing goes without
            continue
    return levels


def _between(raster: Any, x: Floats, y: Floats) -> Floats:
    """Return values between the middles of cells; NaN where one of the four is none."""
    from rasterio.windows import Window

    a, b, c, d, e, f = (~raster.transform)[:6]
    column, row = a * x + b * y + c - 0.5, d * x + e * y + f - 0.5
    inside = (column >= 0) & (row >= 0) & (column <= raster.width - 1) & (row <= raster.height - 1)
    values = np.full(len(x), np.nan)
    if not inside.any():
        return values
    column, row = column[inside], row[inside]
    left = np.minimum(np.floor(column).astype(int), raster.width - 2)
    top = np.minimum(np.floor(row).astype(int), raster.height - 2)
    first = int(left.min()), int(top.min())
    window = Window(*first, int(left.max()) - first[0] + 2, int(top.max()) - first[1] + 2)
    cells = raster.read(1, window=window, masked=True).astype(float).filled(np.nan)
    j, i = left - first[0], top - first[1]
    right, down = column - left, row - top
    upper = cells[i, j] * (1 - right) + cells[i, j + 1] * right
    lower = cells[i + 1, j] * (1 - right) + cells[i + 1, j + 1] * right
    values[inside] = upper * (1 - down) + lower * down
    return values


def ground_along(
    store: Store, viewer: Viewer, data_dir: Path, line: shapely.LineString, step_m: float
) -> list[tuple[float, float]]:
    """Return distance and level of the ground along a line, every so many metres, where it is known; city CRS."""
    places = np.linspace(0.0, line.length, max(int(line.length / step_m), 1) + 1)
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, places))
    levels = ground_levels(store, viewer, data_dir, points)
    known = np.isfinite(levels)
    return list(zip(places[known].round(2).tolist(), levels[known].round(3).tolist(), strict=True))


def level_at(ground: Sequence[tuple[float, float]], place: float) -> float | None:
    """Return the level of a ground line (place and level, ascending) at a place; None where there is no line."""
    if not ground:
        return None
    places, levels = np.array(ground).T
    return float(np.interp(place, places, levels))
