"""Files that GDAL writes from Arrow batches: GeoPackage and FlatGeobuf."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio

from cim.etl.export import Export
from cim.etl.writers.vector_rows import GEOMETRY, Plan, batches, plan

_NAMES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}


def crs_of(export: Export) -> str:
    """Return the CRS as GDAL takes it: a local grid is written out."""
    return export.crs or export.city.projection.to_wkt()


def geometry_name(planned: Plan) -> str:
    """Return the type of a theme's geometry as GDAL names it."""
    place = planned.table.columns[GEOMETRY]
    kind, dimension = place.flat_shape, place.dimension
    return _NAMES.get(kind, "Unknown") + (" Z" if dimension == 3 else "")


def write_layers(export: Export, path: Path, driver: str, **options: Any) -> Counter[str]:
    """Write a layer for each theme, streamed.

    Raises
    ------
    OSError
        GDAL cannot write it.
    """
    written: Counter[str] = Counter()
    for theme in export.themes:
        planned = plan(export, theme)
        rows = pa.RecordBatchReader.from_batches(planned.schema, _counted(export, theme, planned, written))
        placed = GEOMETRY in planned.table.columns
        try:
            pyogrio.write_arrow(
                rows,
                path,
                layer=str(theme),
                driver=driver,
                geometry_name=GEOMETRY if placed else None,
                geometry_type=geometry_name(planned) if placed else None,
                crs=crs_of(export) if placed else None,
                **options,
            )
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError) as error:
            raise OSError(" ".join(str(error).split())) from error
    return written


def _counted(export: Export, theme: str, planned: Plan, written: Counter[str]) -> Iterator[pa.RecordBatch]:
    """Pass batches on and count their rows."""
    written[theme] += 0
    for batch in batches(export, planned):
        written[theme] += batch.num_rows
        yield batch
