"""GeoParquet: looked at as it is loaded, through Arrow, for GDAL's wheel has no driver for it."""

from __future__ import annotations

from pathlib import Path

from cim.etl.inspecting.findings import Clock, Findings, Inspector, Sample
from cim.etl.inspecting.vector import FAULTS
from cim.etl.inspecting.vector_layers import LayerTally, vector_findings
from cim.etl.parquet_layer import batches, open_parquet

_BATCH = 16_384


def claims(sample: Sample) -> bool:
    """Whether a file begins as Parquet does."""
    return sample.head[:4] == b"PAR1"


def look(path: Path, clock: Clock) -> Findings:
    """Find out about a GeoParquet file."""
    with open_parquet(path) as (file, column, crs, fields):
        layer = LayerTally(path.stem, crs, file.metadata.num_rows, has_geometry=True)
        complete = layer.read(batches(file, column, fields, _BATCH), column, clock)
        facts: dict[str, str | int | float] = {"row groups": file.metadata.num_row_groups}
    return vector_findings("GeoParquet file", [layer], facts, complete=complete)


INSPECTOR = Inspector(15, "GeoParquet", claims, look, FAULTS)
