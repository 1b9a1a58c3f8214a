"""GeoParquet 1.1: one theme, columns compressed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from cim.etl.export import Export, FileWriter
from cim.etl.writers.ogr_file import crs_of, geometry_name
from cim.etl.writers.vector_rows import GEOMETRY, Plan, batches, plan


def write(export: Export, path: Path) -> Mapping[str, int]:
    """Write a GeoParquet file, a row group a batch; sources and licences stand in its metadata."""
    (theme,) = export.themes
    planned = plan(export, theme)
    extent, count = np.array([np.inf, np.inf, -np.inf, -np.inf]), 0
    with pq.ParquetWriter(path, planned.schema, compression="zstd") as file:
        for batch in batches(export, planned):
            file.write_batch(batch)
            count += batch.num_rows
            extent = _widened(extent, batch)
        told: dict[str, bytes] = {"cim": orjson.dumps(export.metadata)}
        if GEOMETRY in planned.table.columns:
            told["geo"] = orjson.dumps(_geo(export, planned, extent))
        file.add_key_value_metadata(told)
    return {theme: count}


def _widened(extent: Any, batch: pa.RecordBatch) -> Any:
    """Take a batch's places into the extent."""
    if GEOMETRY not in batch.schema.names:
        return extent
    shapes = shapely.from_wkb(batch[GEOMETRY].to_numpy(zero_copy_only=False))
    here = shapely.total_bounds(shapes)
    return np.concatenate([np.fmin(extent[:2], here[:2]), np.fmax(extent[2:], here[2:])])


def _geo(export: Export, planned: Plan, extent: Any) -> dict[str, Any]:
    """Return the metadata that make Parquet GeoParquet."""
    name = geometry_name(planned)
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [] if name.startswith("Unknown") else [name],
        "crs": pyproj.CRS.from_user_input(crs_of(export)).to_json_dict(),
    }
    if np.isfinite(extent).all():
        column["bbox"] = extent.tolist()
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


WRITER = FileWriter(name="geoparquet", title="GeoParquet 1.1: one theme", write=write, many=False)
