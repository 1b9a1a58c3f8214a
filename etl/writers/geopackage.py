"""GeoPackage: a layer for each theme, any theme."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson

from cim.etl.export import Export, FileWriter
from cim.etl.writers.ogr_file import write_layers


def write(export: Export, path: Path) -> Mapping[str, int]:
    """Write a GeoPackage; sources and licences stand in its metadata."""
    told = {"cim": orjson.dumps(export.metadata).decode()}
    return write_layers(export, path, "GPKG", dataset_metadata=told)


WRITER = FileWriter(name="geopackage", title="GeoPackage: a layer for each theme", write=write)
