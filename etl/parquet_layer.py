"""GeoParquet through Arrow: GDAL's wheel has no driver for it. Geometry as WKB, in the primary column."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

from cim.errors import BadSource

ENDINGS = (".parquet", ".geoparquet", ".pq")
"""How the files' names end."""
_LONGITUDE_LATITUDE = "EPSG:4326"
"""What OGC:CRS84 is here, where coordinates are always read east first. A file that says nothing is in it, by the
standard (GeoParquet 1.1, key `crs`)."""


@contextmanager
def open_parquet(path: Path) -> Iterator[tuple[pq.ParquetFile, str, str | None, list[str]]]:
    """Open a GeoParquet file.

    Yields
    ------
    tuple
        The file, its geometry column, its CRS (None: it says that it is not known) and its other columns.

    Raises
    ------
    BadSource
        It is no GeoParquet, or keeps its geometry in another encoding than WKB.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        said = " ".join(str(error).split())[:200]
        raise BadSource(path, f"cannot be read as Parquet ({said})", "see that it is whole and of the kind") from error
    with file:
        about = _metadata(path, file)
        column, crs = _geometry(path, about, file.schema_arrow.names)
        covering = _covering(about["columns"][column])
        fields = [name for name in file.schema_arrow.names if name not in (column, covering)]
        yield file, column, crs, fields


def batches(file: pq.ParquetFile, column: str, fields: list[str], batch_size: int) -> Iterator[pa.RecordBatch]:
    """Yield a file's records: columns, then the geometry as WKB."""
    for batch in file.iter_batches(batch_size=batch_size, columns=[*fields, column]):
        if batch.num_rows:
            yield batch


def _metadata(path: Path, file: pq.ParquetFile) -> dict[str, Any]:
    """Return what the file says of its geometry: its own metadata does, whether or not Arrow's schema does, too."""
    try:
        said: dict[str, Any] = orjson.loads((file.metadata.metadata or {})[b"geo"])
        said["columns"][said["primary_column"]]["encoding"]
    except (KeyError, TypeError, orjson.JSONDecodeError):
        remedy = "write it as GeoParquet (geopandas: to_parquet; GDAL: -f Parquet)"
        raise BadSource(path, "is Parquet without a geometry (no metadata `geo`)", remedy) from None
    return said


def _covering(about: dict[str, Any]) -> str | None:
    """Return the column of boxes around each geometry, which says nothing more (GeoParquet 1.1, key `covering`)."""
    try:
        return str(about["covering"]["bbox"]["xmin"][0])
    except (KeyError, TypeError, IndexError):
        return None


def _geometry(path: Path, said: dict[str, Any], names: list[str]) -> tuple[str, str | None]:
    """Return the primary geometry column and its CRS."""
    column = said["primary_column"]
    about = said["columns"][column]
    if about["encoding"] != "WKB" or column not in names:
        what = f"keeps its geometry as {about['encoding']!r} in column {column!r}"
        raise BadSource(path, what, "write it with geometry_encoding WKB")
    if "crs" not in about:
        return column, _LONGITUDE_LATITUDE
    if about["crs"] is None:
        return column, None
    try:
        crs = pyproj.CRS.from_json_dict(about["crs"])
    except (pyproj.exceptions.CRSError, TypeError) as error:
        raise BadSource(path, "states a CRS that PROJ does not know", 'give one with crs = "EPSG:…"') from error
    authority = crs.to_authority()
    if authority == ("OGC", "CRS84"):
        return column, _LONGITUDE_LATITUDE
    return column, ":".join(authority) if authority else crs.to_wkt()
