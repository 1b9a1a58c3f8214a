"""Rasters: a terrain model (DEM), surface model or orthophoto as a GeoTIFF.

A file, or a folder of tiles, each a record of its own with its name as key. Options: `raster`, what it is: `dem`
(default), `dsm` or `orthophoto`. The files stay beside the database, under their digests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import rasterio
import shapely
from rasterio.errors import RasterioError

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import BadSource, MissingCrs, MissingSource
from cim.etl.batch import Batch, Reader
from cim.etl.columns import text_option
from cim.etl.fingerprint import fingerprint, source_files
from cim.local_grid import SecretCrs
from cim.manifest import SourceSpec
from cim.shifted_coordinates import shift_named

KINDS = ("dem", "dsm", "orthophoto")
SUFFIXES = (".tif", ".tiff")
_EDGE_POINTS = 25
"""Points on each edge of the extent: a straight edge of the raster may be curved in the city's CRS."""


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield the record of a raster, or of each tile of a folder.

    Raises
    ------
    BadSource
        One is no GeoTIFF, has no CRS, no values, or is not of the kind that the options say.
    """
    kind = text_option(source, "raster") or "dem"
    if kind not in KINDS:
        raise BadSource(source.path, f"option raster = {kind!r}", f"give one of {', '.join(KINDS)}")
    if not source.path.is_dir():
        yield _tile(source, city, source.path, kind, source.name, 1)
        return
    for number, path in enumerate(tiles(source.path), 1):
        yield _tile(source, city, path, kind, str(path.relative_to(source.path)), number)


def tiles(folder: Path) -> list[Path]:
    """Return the GeoTIFFs of a folder, sorted.

    Raises
    ------
    BadSource
        There is none.
    """
    files = [path for path in source_files(folder) if path.suffix.lower() in SUFFIXES]
    if not files:
        raise BadSource(folder, "holds no GeoTIFF", "put the tiles there, as .tif")
    return files


def _tile(source: SourceSpec, city: CityProfile, path: Path, kind: str, key: str, number: int) -> Batch:
    """Return the record of one file."""
    if not path.is_file():
        raise MissingSource(path)
    source = replace(source, path=path)
    try:
        with rasterio.open(path) as dataset:
            _check_kind(path, dataset, kind)
            way = _way(source, dataset, city)
            record = _record(source, dataset, way, kind)
    except (RasterioError, UnicodeDecodeError) as error:  # names within its CRS may be no text
        said = " ".join(str(error).split()).replace(str(path), path.name)
        raise BadSource(path, f"cannot be read as a raster ({said})", "give a whole GeoTIFF") from error
    file = f"raster/{fingerprint(source).sha256}.tif"
    record |= {"file": Path(file).name, "source_key": key}
    return Batch(
        "raster_asset",
        pd.DataFrame([record], index=[number]),
        crs=way.crs,
        pipeline=way.pipeline,
        accuracy_m=way.accuracy_m,
        files={file: path},
    )


def _check_kind(path: Path, dataset: Any, kind: str) -> None:
    """Refuse a raster that is not what it should be."""
    if dataset.driver != "GTiff":
        remedy = f"convert it: gdal_translate -of COG {path.name} {path.stem}.tif"
        raise BadSource(path, f"is a {dataset.driver}, not a GeoTIFF", remedy)
    if kind != "orthophoto" and dataset.count != 1:
        raise BadSource(path, f"has {dataset.count} bands where a {kind} has one", "give the band of heights alone")
    if kind == "orthophoto" and dataset.count < 3:
        raise BadSource(
            path, f"has {dataset.count} band(s) where an orthophoto has three", 'set raster = "dem" in options'
        )
    if dataset.transform.is_identity:
        raise BadSource(path, "is not georeferenced", "give it a position, e.g. gdal_translate -a_ullr")


def _way(source: SourceSpec, dataset: Any, city: CityProfile) -> Transformation:
    """Return the transformation of the raster's CRS into the city's."""
    stated = dataset.crs.to_wkt() if dataset.crs else None
    crs = source.crs or stated
    if crs is None:
        raise MissingCrs(source.path)
    if isinstance(crs, SecretCrs) or shift_named(crs):
        # Its cells are kept as they are, and whoever draws them needs the CRS.
        remedy = "warp the raster into a public CRS first, e.g. with gdalwarp"
        raise BadSource(source.path, f"is a raster in {crs}, which is not kept with it", remedy)
    way = transformation(_named(crs), city, source.path, height_offset_m=source.height_offset_m)
    if way.height_factor != 1.0:
        remedy = "convert its values to metres: gdal_calc.py or rio calc"
        raise BadSource(source.path, f"has heights in units of {way.height_factor:g} m", remedy)
    return way


def _named(crs: str) -> str:
    """Return a CRS by its code where it has one, for the record."""
    known = pyproj.CRS.from_user_input(crs)
    authority = known.to_authority(min_confidence=100)
    return ":".join(authority) if authority else crs


def _record(source: SourceSpec, dataset: Any, way: Transformation, kind: str) -> dict[str, Any]:
    """Return the raster's row."""
    lowest, highest = _range(source.path, dataset)
    nodata = dataset.nodata
    return {
        "kind": kind,
        "crs": way.crs,
        "resolution_m": _resolution_m(dataset, way),
        "columns": dataset.width,
        "rows": dataset.height,
        "bands": dataset.count,
        "nodata": None if nodata is None or np.isnan(nodata) else float(nodata),
        "height_offset_m": source.height_offset_m,
        "minimum": lowest,
        "maximum": highest,
        "geom": _extent(dataset, way, source.path),
        "attributes": {"file_name": source.path.name, "dtype": dataset.dtypes[0]},
    }


def _range(path: Path, dataset: Any) -> tuple[float, float]:
    """Return the lowest and highest value of the first band, read block by block."""
    lowest, highest = np.inf, -np.inf
    for _, window in dataset.block_windows(1):
        values = dataset.read(1, window=window, masked=True).compressed()
        values = values[np.isfinite(values)]
        if values.size:
            lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
    if lowest > highest:
        raise BadSource(path, "has no data in any cell", "give the raster with its values; see its nodata value")
    return lowest, highest


def _corners(dataset: Any, columns: npt.NDArray[np.float64], rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return coordinates in the raster's CRS of places given in cells."""
    x, y = dataset.transform @ (columns, rows)
    return np.column_stack([x, y])


def _extent(dataset: Any, way: Transformation, path: Path) -> shapely.Polygon:
    """Return the raster's outline in the city's CRS."""
    along, zero = np.linspace(0, 1, _EDGE_POINTS), np.zeros(_EDGE_POINTS)
    columns = np.concatenate([along, zero + 1, along[::-1], zero]) * dataset.width
    rows = np.concatenate([zero, along, zero + 1, along[::-1]]) * dataset.height
    points = way.points(_corners(dataset, columns, rows))
    if not np.isfinite(points).all():
        what = "lies where its CRS cannot be brought into the city's"
        raise BadSource(path, what, "see that its CRS and its place are the right ones")
    return shapely.Polygon(points)


def _resolution_m(dataset: Any, way: Transformation) -> float:
    """Return the size of a cell in the middle, metres: the square root of its area in the city's CRS."""
    column, row = dataset.width / 2, dataset.height / 2
    steps = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    places = way.points(_corners(dataset, column + steps[:, 0], row + steps[:, 1]))
    (a, b), (c, d) = places[1] - places[0], places[2] - places[0]
    return float(np.sqrt(abs(a * d - b * c)))


READER = Reader(
    kind="raster", title="Terrain model or orthophoto as a GeoTIFF", read=read, options=frozenset({"raster"})
)
